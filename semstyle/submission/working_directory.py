"""The code that travels with a job."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import semstyle
from semstyle.submission.errors import SubmissionError

LARGEST_FILE = 20 * 2**20
"""Larger files stay here; Ray takes 500 MiB in all, and keeps them in its head's memory."""
LEFT_OUT = (
    *(".git/", ".venv/", "venv/", "__pycache__/", ".mypy_cache/", ".pytest_cache/", ".ruff_cache/", ".hypothesis/"),
    *("/out/", "/dist/", "*.egg-info/", ".env", ".env.*", ".envrc", ".netrc", "*.pem"),
)
"""What never travels, as patterns of gitignore: results, caches, and where people keep secrets."""
SPECIAL = re.compile(r"([\\*?\[\]!# ])")


@dataclass(frozen=True)
class WorkingDirectory:
    """A folder that Ray unpacks on each node, and in which the job starts.

    Attributes:
        too_large: Paths of files in it that stay here, as they are over ``LARGEST_FILE``.
    """

    path: Path
    too_large: list[str] = field(default_factory=list)

    @property
    def excludes(self) -> list[str]:
        """Patterns, as in a ``.gitignore`` file, of what stays here; the folder's own ``.gitignore`` is heeded too."""
        return [*LEFT_OUT, *("/" + SPECIAL.sub(r"\\\1", path) for path in self.too_large)]

    @property
    def has_program(self) -> bool:
        """Whether it brings semstyle itself; otherwise the job runs what its node has installed."""
        return (self.path / "semstyle" / "__init__.py").is_file()


def checkout() -> Path | None:
    """Return the repository that this semstyle runs from; None for an installed package."""
    root = Path(semstyle.__file__).parents[1]
    return root if (root / "pyproject.toml").is_file() else None


def working_directory(chosen: str | None, is_installed: bool) -> WorkingDirectory | None:
    """Return what travels: the folder chosen, else the checkout; None when the nodes have semstyle installed.

    Raises:
        SubmissionError: when the folder is none, or both were asked for.
    """
    if chosen is not None and is_installed:
        raise SubmissionError("--working-dir and --installed: choose one, the code that travels or the nodes' own")
    root = Path(chosen).absolute() if chosen is not None else checkout()
    if is_installed or root is None:
        return None
    if not root.is_dir():
        raise SubmissionError(f"--working-dir {chosen}: there is no such folder; give one that holds semstyle/")
    return WorkingDirectory(root, sorted(too_large(root)))


def too_large(root: Path) -> Iterator[str]:
    """Yield the paths below ``root`` of files over ``LARGEST_FILE``, without those in folders that never travel."""
    names = {pattern.strip("/") for pattern in LEFT_OUT if pattern.endswith("/") and not pattern.startswith("/")}
    for folder, below, files in os.walk(root):
        is_top = Path(folder) == root
        below[:] = [name for name in below if name not in names and not (is_top and f"/{name}/" in LEFT_OUT)]
        for name in files:
            path = Path(folder, name)
            if path.is_file() and path.stat().st_size > LARGEST_FILE:
                yield path.relative_to(root).as_posix()
