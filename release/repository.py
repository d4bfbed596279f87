"""The files of the repository."""

from __future__ import annotations

from pathlib import Path

from release.program import run

ROOT = Path(__file__).resolve().parents[1]


def files_of(root: Path) -> list[str]:
    """List the paths of a checkout's files, those too that are not committed yet and not ignored.

    Raises:
        ProgramError: when it is no checkout.
    """
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], root)
    return sorted({name for name in listed.split("\0") if name and (root / name).is_file()})


def commit_time(root: Path) -> str:
    """Return when the newest commit was made, in seconds since 1970: the time of all that is built of it.

    Raises:
        ProgramError: when there is none.
    """
    return run(["git", "log", "-1", "--format=%ct"], root).strip()
