"""semstyle's version: git's tags in a checkout, what was written down in what is built, and never an old one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from packaging.version import Version
from programs import REPOSITORY

import semstyle
from semstyle.version import CHOSEN, NEXT, later, release_of, running_version, version_of

WHO = {f"GIT_{role}_{what}": "nobody" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
BUILT = ("semstyle", "manifests", "README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "hatch_build.py")


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    environment = {**os.environ, **WHO, "GIT_CONFIG_GLOBAL": os.devnull}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def commit(folder: Path, text: str) -> str:
    """A commit in ``folder``; its number, as versions show it."""
    (folder / "file.txt").write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", text)
    return git(folder, "rev-parse", "HEAD")[:10]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "--quiet")
    return folder


def test_without_tags_it_is_before_the_next_release(checkout: Path) -> None:
    assert version_of(checkout) == f"{NEXT}.dev0"  # no commit either
    commit(checkout, "one")
    number = commit(checkout, "two")
    assert version_of(checkout) == f"{NEXT}.dev2+g{number}"
    assert Version(version_of(checkout)) < Version(NEXT)


@pytest.mark.parametrize("annotated", [True, False])
def test_a_tagged_commit_is_the_release_and_those_after_it_are_later(checkout: Path, annotated: bool) -> None:
    commit(checkout, "one")
    git(checkout, "tag", *(["--annotate", "--message", "the first"] if annotated else []), "v7.2.3")
    assert version_of(checkout) == "7.2.3" == version_of(checkout, marks_changes=True)
    number = commit(checkout, "two")
    assert version_of(checkout) == f"7.2.4.dev1+g{number}"
    assert Version("7.2.3") < Version(version_of(checkout)) < Version("7.2.4")


def test_a_release_that_was_changed_is_none(checkout: Path) -> None:
    number = commit(checkout, "one")
    git(checkout, "tag", "v7.2.3")
    (checkout / "file.txt").write_text("changed")
    assert version_of(checkout, marks_changes=True) == f"7.2.4.dev0+g{number}.dirty"


def test_other_tags_are_no_releases(checkout: Path) -> None:
    number = commit(checkout, "one")
    for tag in ("v9", "v9.9.9rc1", "version-9.9.9", "nightly", "v9.9.9-and-more", "v9.9.9.9"):
        git(checkout, "tag", tag)
    assert version_of(checkout) == f"{NEXT}.dev1+g{number}"
    git(checkout, "tag", "v7.2.3")
    number = commit(checkout, "two")
    git(checkout, "tag", "v7.3.0rc1")
    assert version_of(checkout) == f"7.2.4.dev1+g{number}"


def test_a_shallow_clone_without_tags_has_one_too(checkout: Path, tmp_path: Path) -> None:
    commit(checkout, "one")
    git(checkout, "tag", "v7.2.3")
    number = commit(checkout, "two")
    git(tmp_path, "clone", "--quiet", "--depth", "1", checkout.as_uri(), "shallow")
    assert version_of(tmp_path / "shallow") == f"{NEXT}.dev1+g{number}"


def test_the_environment_does_not_name_another_repository(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(checkout, "one")
    git(checkout, "tag", "v7.2.3")
    monkeypatch.setenv("GIT_DIR", str(REPOSITORY / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(REPOSITORY))
    assert version_of(checkout) == "7.2.3"


def test_where_git_is_missing_or_nothing_is_known_it_is_the_next_ones(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(checkout, "one")
    (checkout / "below").mkdir()
    assert version_of(checkout / "below") == f"{NEXT}.dev0", "a repository above it is not semstyle's"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert version_of(checkout) == f"{NEXT}.dev0"


def test_what_a_build_wrote_goes_before_git(checkout: Path) -> None:
    commit(checkout, "one")
    (checkout / "semstyle").mkdir()
    (checkout / "semstyle" / "VERSION").write_text("3.1.4\n")
    assert version_of(checkout) == "3.1.4"


def test_an_editable_installation_asks_git_each_time() -> None:
    """The metadata of this environment are of the day that it was made."""
    code = "import semstyle; print(semstyle.__version__)"
    asked = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == running_version()
    assert release_of(semstyle.__version__) == release_of(running_version())


@pytest.mark.parametrize(
    "after, expected", [("0.0.9", NEXT), (NEXT, None), ("0.1.9", "0.1.10"), ("0.2.0", "0.2.1"), ("9.10.11", "9.10.12")]
)
def test_what_comes_after_a_release(after: str, expected: str | None) -> None:
    assert Version(later(after)) > Version(after)
    assert expected is None or later(after) == expected


def test_the_release_of_a_version() -> None:
    assert [release_of(text) for text in ("1.2.3", "1.2.4.dev5+g0123456789.dirty", "0.0.0+working.dir")] == [
        *("1.2.3", "1.2.4", "0.0.0")
    ]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A source distribution and a wheel made from files without git, of a version that the environment names."""
    folder = tmp_path_factory.mktemp("built")
    for name in BUILT:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(
                source, folder / "files" / name, ignore=shutil.ignore_patterns("__pycache__", "photographs")
            )
        else:
            shutil.copy(source, folder / "files" / name)
    build(folder / "files", folder, **{CHOSEN: "5.6.7"})
    (source_distribution,) = folder.glob("*.tar.gz")
    (wheel,) = folder.glob("*.whl")
    return source_distribution, wheel


def build(files: Path, out: Path, *options: str, **variables: str) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(out), *options]
    subprocess.run(command, cwd=files, env={**os.environ, **variables}, check=True, capture_output=True)


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert len(names) == len(set(names)), "a file is in it twice"
        return {name: archive.read(name) for name in names if not name.endswith("RECORD")}


def test_a_wheel_runs_as_the_version_that_it_was_built_as(built: tuple[Path, Path], tmp_path: Path) -> None:
    _, wheel = built
    assert wheel.name == "semstyle-5.6.7-py3-none-any.whl"
    code = "import semstyle; print(semstyle.__file__, semstyle.__version__)"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site-packages")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site-packages")}
    asked = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert asked.stdout.split() == [str(tmp_path / "site-packages" / "semstyle" / "__init__.py"), "5.6.7"]


def test_a_source_distribution_builds_the_same_wheel(built: tuple[Path, Path], tmp_path: Path) -> None:
    source_distribution, wheel = built
    with tarfile.open(source_distribution) as archive:
        archive.extractall(tmp_path, filter="data")
    build(tmp_path / "semstyle-5.6.7", tmp_path / "again", "-t", "wheel")
    (again,) = (tmp_path / "again").iterdir()
    assert again.name == wheel.name
    assert contents(again) == contents(wheel)
