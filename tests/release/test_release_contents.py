"""What does not belong into a wheel or a source distribution is found in it, and what it must have is missed."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from programs import REPOSITORY

from release import contents
from release.contents import LARGEST_FILE, SOURCE_HAS, WHEEL_HAS, check_source, check_wheel

WHOLE = {name.replace("*", "1.0"): b"x" for name in WHEEL_HAS}


def wheel(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "semstyle-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def source(folder: Path, names: list[str]) -> Path:
    path = folder / "semstyle-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            member = tarfile.TarInfo(f"semstyle-1.0/{name}")
            member.size = 1
            archive.addfile(member, io.BytesIO(b"x"))
    return path


def test_a_whole_wheel_and_a_whole_source_pass(tmp_path: Path) -> None:
    assert check_wheel(wheel(tmp_path, WHOLE)).problems == []
    assert check_source(source(tmp_path, list(SOURCE_HAS))).problems == []


@pytest.mark.parametrize(
    "name",
    [
        *("semstyle/engine/test_renderer.py", "semstyle/tests/conftest.py", "semstyle/conftest.py"),
        *("semstyle/__pycache__/cli.cpython-311.pyc", "semstyle/out/images/a.parquet", "semstyle/node_modules/x/a.js"),
        *("semstyle/demo/photographs/cat.png", "semstyle/engine/encoders/weights/vgg.pth", "semstyle/.env"),
    ],
)
def test_what_nobody_needs_is_found(name: str, tmp_path: Path) -> None:
    (problem,) = check_wheel(wheel(tmp_path, {**WHOLE, name: b"x"})).problems
    assert f"has {name}; nobody" in problem
    (problem,) = check_source(source(tmp_path, [*SOURCE_HAS, name])).problems
    assert f"has {name}; nobody" in problem


@pytest.mark.parametrize("name", ["tests/test_cli.py", "release/licences.py", "docs/scale.md", "out/demo/summary.json"])
def test_what_is_outside_the_package_is_found(name: str, tmp_path: Path) -> None:
    assert any(f"has {name}" in problem for problem in check_wheel(wheel(tmp_path, {**WHOLE, name: b"x"})).problems)
    assert any(f"has {name}" in problem for problem in check_source(source(tmp_path, [*SOURCE_HAS, name])).problems)


@pytest.mark.parametrize("name", WHOLE)
def test_what_a_wheel_needs_is_missed(name: str, tmp_path: Path) -> None:
    less = {one: data for one, data in WHOLE.items() if one != name}
    (problem,) = check_wheel(wheel(tmp_path, less)).problems
    assert "lacks" in problem and name.rpartition("/")[2] in problem


@pytest.mark.parametrize("name", SOURCE_HAS)
def test_what_a_source_distribution_needs_is_missed(name: str, tmp_path: Path) -> None:
    (problem,) = check_source(source(tmp_path, [one for one in SOURCE_HAS if one != name])).problems
    assert f"lacks {name}" in problem


def test_what_is_too_large_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = check_wheel(wheel(tmp_path, {**WHOLE, "semstyle/film.bin": bytes(LARGEST_FILE + 1)})).problems
    assert "semstyle/film.bin has 2.0 MiB" in problem
    monkeypatch.setattr(contents, "LARGEST_WHEEL", 100)
    assert any("are the most" in problem for problem in check_wheel(wheel(tmp_path, WHOLE)).problems)


def test_what_this_repository_builds_passes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    (built_wheel,), (built_source,) = tmp_path.glob("*.whl"), tmp_path.glob("*.tar.gz")
    assert check_wheel(built_wheel).problems == []
    assert check_source(built_source).problems == []
