"""Which version of semstyle this code is: a release's by its tag, any other by its commit.

A build writes its version beside this file (``hatch_build.py``), and the code of a wheel has it from there. A checkout
asks git each time: what an editable installation wrote down is the version of the day that it was installed. It needs
the standard library alone, as the build runs this file by itself (``[tool.hatch.version]`` in pyproject.toml).
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

NEXT = "0.1.0"
"""The version that is being worked on: a commit without a release's tag comes before it."""
FILE = "semstyle/VERSION"
CHOSEN = "SEMSTYLE_VERSION"
"""Environment variable that names the version of a build from files without git, such as an image's."""
GIT_PATIENCE = 10
SINCE_TAG = re.compile(r"v(\d+\.\d+\.\d+)-(\d+)-g([0-9a-f]+)(\.dirty)?")
RELEASES = ("--match=v[0-9]*.[0-9]*.[0-9]*", "--exclude=v*[!0-9.]*", "--exclude=v*.*.*.*")
"""Which tags git looks for: v1.2.3, and nothing more."""
UNTAGGED = re.compile(r"[0-9a-f]+(\.dirty)?")


def running_version() -> str:
    """Return the version of the code that runs."""
    return version_of(Path(__file__).parents[1])


def built_version() -> str:
    """Return the version that a build of these files has: it ends with ``.dirty`` where they are not as committed."""
    return os.environ.get(CHOSEN) or version_of(Path(__file__).parents[1], marks_changes=True)


def version_of(root: Path, marks_changes: bool = False) -> str:
    """Return the version of a folder with semstyle in it.

    Args:
        root: The folder that has ``semstyle/``: a checkout, an unpacked source distribution or site-packages.
        marks_changes: Whether a checkout whose files are not as committed says so. It costs a look at each file.

    Returns:
        ``1.2.3`` for the commit tagged ``v1.2.3``, and for builds of it; for other commits ``1.2.4.dev5+g0123456789``,
        the number of commits since the tag (without a tag: of all there are) and the commit; ``1.2.4.dev0`` for files
        with neither a version nor git beside them, such as those that travel with a job.
    """
    written = root / FILE
    if written.is_file():
        return written.read_text(encoding="utf-8").strip()
    return (from_git(root, marks_changes) if (root / ".git").exists() else None) or f"{NEXT}.dev0"


def from_git(root: Path, marks_changes: bool) -> str | None:
    """Return what a checkout's tags and commits say; None where git is missing, or does not answer."""
    options = ["--tags", "--long", "--always", "--abbrev=10", *RELEASES, *(["--dirty=.dirty"] if marks_changes else [])]
    described = git(root, "describe", *options)
    if described is None:
        return None
    if found := SINCE_TAG.fullmatch(described):
        release, count, commit, changed = found.groups()
        if count == "0" and not changed:
            return release
        return f"{later(release)}.dev{count}+g{commit}{changed or ''}"
    count_of_all = git(root, "rev-list", "--count", "HEAD")
    return f"{NEXT}.dev{count_of_all}+g{described}" if count_of_all and UNTAGGED.fullmatch(described) else None


def later(release: str) -> str:
    """Return what comes after a release: ``NEXT``, or where that is not later, the release with one more at its end."""
    numbers = [int(part) for part in release.split(".")]
    if [int(part) for part in NEXT.split(".")] > numbers:
        return NEXT
    return ".".join(str(number) for number in [*numbers[:-1], numbers[-1] + 1])


def release_of(version: str) -> str:
    """Return the release that a version is, or comes before: ``1.2.4`` of ``1.2.4.dev5+g0123456789``."""
    return re.split(r"\.dev|\+", version, maxsplit=1)[0]


def git(root: Path, *arguments: str) -> str | None:
    """Return what git prints about a checkout, and None when it fails.

    It takes no lock, so that a commit made meanwhile is not refused, and heeds no repository that the environment has.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            env={**environment, "GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            text=True,
            timeout=GIT_PATIENCE,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
