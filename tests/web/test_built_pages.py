"""The built pages in the package: of the sources in web/, small, licensed, and built with what is pinned."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from semstyle.manifest.condition import LONGEST

REPOSITORY = Path(__file__).resolve().parents[2]
WEB = REPOSITORY / "web"
APPS = sorted(path.parent.name for path in WEB.glob("*/main.tsx"))
BUILT = [REPOSITORY / "semstyle" / app / "app" / f"{app}{ending}" for app in APPS for ending in (".js", ".css")]
OF_ALL = ("build.mjs", "package.json", "package-lock.json", "tsconfig.json")
MOST_BYTES = 250 * 2**10


def digest_of_sources(app: str, web: Path = WEB) -> str:
    """The SHA-256 that web/build.mjs writes into what it builds."""
    files = [path for folder in (app, "shared") for path in (web / folder).rglob("*") if path.is_file()]
    names = sorted([path.relative_to(web).as_posix() for path in files] + [*OF_ALL])
    whole = hashlib.sha256()
    for name in names:
        whole.update(f"{name}\0{hashlib.sha256((web / name).read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def test_there_is_a_page_of_the_report() -> None:
    assert "report" in APPS


@pytest.mark.parametrize("built", BUILT, ids=lambda path: path.name)
def test_it_was_built_from_these_sources(built: Path) -> None:
    head = built.read_text(encoding="utf-8").partition("\n")[0]
    expected = f"/*! semstyle {built.stem}; sources sha256 {digest_of_sources(built.stem)}"
    assert head == expected, "the page was changed and not built: run `make pages`"


@pytest.mark.parametrize("built", BUILT, ids=lambda path: path.name)
def test_it_is_small_and_can_stand_inside_html(built: Path) -> None:
    text = built.read_text(encoding="utf-8")
    assert len(text.encode()) < MOST_BYTES
    assert "</script" not in text and "</style" not in text and "<!--" not in text
    assert "sourceMappingURL" not in text


def test_texts_reach_the_pages_only_through_what_escapes_them() -> None:
    sources = [path for app in (*APPS, "shared") for path in (WEB / app).rglob("*.ts*")]
    markup = re.compile(r"inner(?i:html)|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function")
    assert [path.name for path in sources if markup.search(path.read_text(encoding="utf-8"))] == []


def test_conditions_are_as_long_as_they_may_be() -> None:
    source = (WEB / "report" / "picks" / "condition.ts").read_text(encoding="utf-8")
    assert f"export const LONGEST = {LONGEST};" in source


def test_it_carries_the_licences_of_what_is_in_it() -> None:
    head = (REPOSITORY / "semstyle" / "report" / "app" / "report.js").read_text(encoding="utf-8").partition("*/")[0]
    versions = json.loads((WEB / "package.json").read_text())["dependencies"]
    assert all(f"{name} {version}:" in head for name, version in versions.items())
    assert head.count("Permission is hereby granted") == len(versions)


def test_what_it_is_built_with_is_pinned_and_comes_from_wherever_npm_is_told_to_look() -> None:
    package = json.loads((WEB / "package.json").read_text())
    pins = package["dependencies"] | package["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pins.values())
    lock = json.loads((WEB / "package-lock.json").read_text())["packages"]
    assert {name: lock[f"node_modules/{name}"]["version"] for name in pins} == pins
    assert not any("resolved" in entry for entry in lock.values())
    assert all("integrity" in entry for name, entry in lock.items() if name)
