"""What an installation relies on: exact versions, make's help, the wheel's contents, and no trace of one machine."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

REPOSITORY = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
PINNED_BY_TORCH = ("nvidia-", "cuda-", "triton")
HOME_FOLDER = re.compile(rb"/home/\w+/|/root/|/Users/\w+/")


def named_requirements(*without: str) -> list[Requirement]:
    extras = [texts for name, texts in PROJECT["optional-dependencies"].items() if name not in without]
    return [Requirement(text) for text in [*PROJECT["dependencies"], *(text for extra in extras for text in extra)]]


def constraints() -> dict[str, Version]:
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    exact = {canonicalize_name(requirement.name): str(requirement.specifier) for requirement in requirements}
    assert len(exact) == len(requirements), "a package is named twice"
    return {name: Version(specifier.removeprefix("==")) for name, specifier in exact.items()}


def brought_by(requirement: Requirement) -> list[Requirement]:
    """What the installed package asks for here, with the extras that the requirement names."""
    needs = [Requirement(text) for text in distribution(requirement.name).requires or []]
    extras = requirement.extras or {""}
    return [need for need in needs if need.marker is None or any(need.marker.evaluate({"extra": e}) for e in extras)]


def needed_packages() -> set[str]:
    """Names of the packages that pyproject.toml asks for and of those that they ask for, less torch's own pins.

    Those of the extra `release` are left out: `make release-check` installs them, and looks at their versions itself.
    """
    waiting, seen = named_requirements("release"), set()
    while waiting:
        requirement = waiting.pop()
        key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if key not in seen:
            seen.add(key)
            waiting.extend(brought_by(requirement))
    return {name for name, _ in seen if not name.startswith(PINNED_BY_TORCH)}


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True)
    return [REPOSITORY / name.decode() for name in listed.stdout.split(b"\0") if name]


def test_every_package_has_an_exact_version_that_pyproject_accepts() -> None:
    versions = constraints()
    for requirement in named_requirements():
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement


def test_everything_that_is_needed_is_pinned_and_installed_in_that_version() -> None:
    installed = {name: Version(distribution(name).version) for name in needed_packages()}
    versions = constraints()
    assert {name: versions.get(name) for name in installed} == installed


def test_what_the_tests_need_includes_the_demo_and_the_cluster_as_the_makefile_says() -> None:
    extras = PROJECT["optional-dependencies"]
    assert {*extras["demo"], *extras["cluster"]} <= set(extras["test"])


def test_bare_make_explains_itself() -> None:
    shown = subprocess.run(["make"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    assert {"demo", "test", "check", "cluster"} <= set(re.findall(r"^  make (\w+) +\S", shown, re.MULTILINE))


def test_ci_runs_make_test() -> None:
    script = REPOSITORY / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    assert script.read_text().splitlines()[-1] == "make test"


def test_no_tracked_file_names_a_home_folder() -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}: {match.group().decode()}"
        for path in tracked_files()
        if path != Path(__file__)
        for match in HOME_FOLDER.finditer(path.read_bytes())
    ]
    assert found == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Names of the files in the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    (built,) = folder.glob("semstyle-*.whl")
    assert not (REPOSITORY / "semstyle" / "VERSION").exists(), "a version in the checkout grows old"
    with zipfile.ZipFile(built) as archive:
        assert archive.read("semstyle/VERSION").decode().strip() == built.name.split("-")[1]
        return archive.namelist()


def test_the_wheel_has_every_tracked_file_of_the_package(wheel: list[str]) -> None:
    tracked = {str(path.relative_to(REPOSITORY)) for path in tracked_files() if path.exists()}
    package = {name for name in tracked if name.startswith("semstyle/")}
    assert any(name.startswith("semstyle/engine/encoders/weights/") for name in package)
    assert package <= set(wheel)


def test_the_wheel_has_the_built_pages(wheel: list[str]) -> None:
    assert {f"semstyle/report/app/report.{ending}" for ending in ("js", "css")} <= set(wheel)


def test_the_wheel_has_the_licence_and_nothing_from_outside_the_package(wheel: list[str]) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel)
    first, second = sorted({name.split("/")[0] for name in wheel})
    assert first == "semstyle" and second.startswith("semstyle-") and second.endswith(".dist-info")
