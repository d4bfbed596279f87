"""Wheels that differ, packages that a list lacks, vulnerabilities, pages built long ago, tools of another version."""

from __future__ import annotations

import json
import zipfile
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

import pytest

from release.audit import judge
from release.distributions import Distributions, check_reproducible, write_digests
from release.inventory import check_inventory
from release.outcome import Outcome
from release.pages import check_page_licences, check_pages, digest_of_sources
from release.tools import brought_by, compare, pins


def wheel(path: Path, members: dict[str, str]) -> Path:
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return path


def built(folder: Path, **members: str) -> Distributions:
    source = folder / "s.tar.gz"
    one = Distributions(wheel(folder / "s.whl", members), source)
    source.write_bytes(b"source")
    return one


def test_two_builds_that_are_alike_pass(tmp_path: Path) -> None:
    once, again = built(tmp_path / "once", a="1", b="2"), built(tmp_path / "again", a="1", b="2")
    other_order = wheel(tmp_path / "checkout.whl", {"b": "2", "a": "1", "s.dist-info/RECORD": "in another order"})
    assert check_reproducible(once, again, other_order).problems == []


def test_what_differs_between_builds_is_named(tmp_path: Path) -> None:
    once, again = built(tmp_path / "once", a="1", b="2"), built(tmp_path / "again", a="1", b="made at noon")
    again.source.write_bytes(b"made at noon")
    of_checkout = wheel(tmp_path / "checkout.whl", {"a": "changed", "c": "3"})
    problems = check_reproducible(once, again, of_checkout).problems
    assert [problem.split(":")[0] for problem in problems] == ["s.whl", "s.tar.gz", "a", "b", "c"]
    assert "include it in the sdist" in problems[-1]


def test_digests_are_written_as_sha256sum_reads_them(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    write_digests([tmp_path / "a"], tmp_path / "SHA256SUMS")
    assert (tmp_path / "SHA256SUMS").read_text() == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\n"
    )


def installed(folder: Path, name: str, version: str) -> Distribution:
    place = folder / f"{name}-{version}.dist-info"
    place.mkdir()
    (place / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n")
    return Distribution.at(place)


def test_an_inventory_that_is_not_of_what_is_installed_is_told(tmp_path: Path) -> None:
    there = [
        installed(tmp_path, "Torch", "2.14.1"),
        installed(tmp_path, "ray", "2.60.0"),
        installed(tmp_path, "numpy", "2.4"),
    ]
    listed = tmp_path / "list.json"
    components = [
        {"name": "torch", "version": "2.14.1"},
        {"name": "ray", "version": "2.59"},
        {"name": "left", "version": "1"},
    ]
    listed.write_text(json.dumps({"bomFormat": "CycloneDX", "components": components}))
    lacking, extra, older = check_inventory(listed, there).problems
    assert "lacks numpy 2.4" in lacking and "has left" in extra and "ray 2.59; 2.60.0 is installed" in older
    listed.write_text(json.dumps({"components": components[:1]}))
    (problem,) = check_inventory(listed, there[:1]).problems
    assert "is not CycloneDX" in problem


def test_an_inventory_has_what_it_is_of_apart_from_the_rest(tmp_path: Path) -> None:
    there = [installed(tmp_path, "torch", "2.14.1"), installed(tmp_path, "semstyle", "1.2.3")]
    listed = tmp_path / "list.json"
    document = {"bomFormat": "CycloneDX", "components": [{"name": "torch", "version": "2.14.1"}]}
    whole = {"metadata": {"component": {"name": "semstyle", "version": "1.2.3"}}}
    listed.write_text(json.dumps(document | whole))
    assert check_inventory(listed, there).problems == []
    listed.write_text(json.dumps(document))
    assert check_inventory(listed, there).problems == ["list.json: lacks semstyle 1.2.3"]


def answer(*packages: dict[str, Any]) -> dict[str, Any]:
    """What pip-audit prints: its own form, from its documentation."""
    return {"dependencies": [{"name": "semstyle", "skip_reason": "not on PyPI"}, *packages], "fixes": []}


SKIPPED = {"name": "ray", "skip_reason": "Dependency not found on PyPI and could not be audited: ray (2.60.0)"}
SOUND = {"name": "torch", "version": "2.14.1", "vulns": []}
ILL = {
    "name": "pillow",
    "version": "9.0",
    "vulns": [{"id": "PYSEC-2023-1", "aliases": ["CVE-2023-1"], "fix_versions": ["9.1"], "description": "…"}],
}


def test_an_audit_of_nothing_is_no_audit() -> None:
    """pip-audit itself says `No known vulnerabilities found`, and ends well."""
    assert judge(answer(SKIPPED), {}) is None
    assert judge(answer(), {}) is None


def test_an_audit_of_a_part_names_the_rest_and_is_not_done() -> None:
    outcome = judge(answer(SOUND, SKIPPED), {})
    assert outcome is not None and outcome.problems == []
    assert (outcome.mark, outcome.told) == ("NOT DONE", "1 packages; the index does not have ray")


def test_a_vulnerability_is_a_problem_unless_someone_says_why_not() -> None:
    found = judge(answer(SOUND, ILL), {})
    assert found is not None and found.problems == ["pillow 9.0: PYSEC-2023-1; mended in 9.1"]
    for name in ("PYSEC-2023-1", "CVE-2023-1"):
        accepted = judge(answer(SOUND, ILL), {name: "we decode no such files"})
        assert accepted == Outcome("2 packages")


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A repository with one page, built from its sources."""
    web, app = tmp_path / "web", tmp_path / "semstyle" / "report" / "app"
    for folder in (web / "report", web / "shared", app):
        folder.mkdir(parents=True)
    for name in ("report/main.tsx", "shared/a.ts", "build.mjs", "package.json", "package-lock.json", "tsconfig.json"):
        (web / name).write_text(name)
    (app / "report.js").write_text(f"/*! semstyle report; sources sha256 {digest_of_sources(web, 'report')}\n*/")
    return tmp_path


def test_a_page_built_from_its_sources_passes(pages: Path) -> None:
    assert check_pages(pages) == Outcome("report")


@pytest.mark.parametrize("name", ["web/report/main.tsx", "web/shared/new.ts", "web/package-lock.json"])
def test_a_page_built_before_its_sources_changed_is_told(pages: Path, name: str) -> None:
    (pages / name).write_text("changed")
    (problem,) = check_pages(pages).problems
    assert "semstyle/report/app/report.js: is not built" in problem and "npm run build" in problem


def test_a_page_that_was_never_built_is_told(pages: Path) -> None:
    (pages / "semstyle" / "report" / "app" / "report.js").unlink()
    (problem,) = check_pages(pages).problems
    assert "is not there" in problem


def lock(**packages: dict[str, Any]) -> str:
    whole = {"": {"name": "pages"}, **{f"node_modules/{name}": one for name, one in packages.items()}}
    return json.dumps({"lockfileVersion": 3, "packages": whole})


def test_a_npm_package_within_a_page_needs_a_licence_that_is_allowed() -> None:
    sound = {"preact": {"version": "10.0.0", "license": "MIT"}, "builder": {"license": "GPL-3.0-only", "dev": True}}
    assert check_page_licences(lock(**sound), {"MIT": "notice"}) == Outcome("1 npm packages in the pages: preact")
    planted = {"left": {"version": "1.0.0", "license": "GPL-3.0-only"}, "silent": {"version": "2.0.0"}}
    gpl, silent = check_page_licences(lock(**sound, **planted), {"MIT": "notice"}).problems
    assert "left 1.0.0 is under GPL-3.0-only" in gpl and "silent 2.0.0 is under no licence" in silent


def test_tools_of_another_version_are_told() -> None:
    pinned = pins("# exact\nbuild==1.6.1\ntwine==7.0.0\n")
    assert compare({"build": "1.6.1", "twine": "7.0.0"}, pinned).problems == []
    missing, older, unpinned = compare({"build": None, "twine": "6.0", "unheard-of": "1"}, pinned).problems
    assert "build: is not installed" in missing and "constraints.txt has 7.0.0" in older and "pin it" in unpinned


def test_what_a_tool_brings_is_looked_at_too() -> None:
    from packaging.requirements import Requirement

    assert {"hatchling", "pluggy", "packaging"} <= brought_by([Requirement("hatchling")])
    assert brought_by([Requirement("never-heard-of-it")]) == {"never-heard-of-it"}
