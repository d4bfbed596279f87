"""What is in the wheel and in the source distribution, and what must not be."""

from __future__ import annotations

import fnmatch
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from release.outcome import Outcome

MIB = 2**20
LARGEST_WHEEL = 5 * MIB
LARGEST_SOURCE = 8 * MIB
LARGEST_FILE = 2 * MIB
"""The encoder's weights may have as much (docs/architecture.md); nothing else comes near."""
NEVER = (
    *("tests/*", "*/tests/*", "test_*", "*/test_*.py", "*/conftest.py"),
    *("out/*", "dist/*", "release/*", "docs/*", "*/__pycache__/*", "*.pyc", "*/node_modules/*", "*/.venv/*"),
    *("*.pt", "*.pth", "*.pkl", "*.tar", "*.parquet", "*/photographs/*"),
    *("*.env", "*.pem", "*.key", "*/.netrc", "*credentials*"),
)
"""Patterns of paths that neither may have: tests, results, caches, pickles, photographs of others, secrets."""
WHEEL_HAS = (
    "semstyle/VERSION",
    "semstyle/cli.py",
    "semstyle/engine/encoders/weights/compact.npz",
    "semstyle/engine/encoders/weights/compact.md",
    "semstyle/demo/manifests/demo.yaml",
    "semstyle/demo/manifests/demo/README.md",
    "semstyle/demo/manifests/demo/lake_map.png",
    "semstyle-*.dist-info/METADATA",
    "semstyle-*.dist-info/entry_points.txt",
    "semstyle-*.dist-info/licenses/LICENSE",
)
SOURCE_HAS = (
    *("PKG-INFO", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "CHANGELOG.md", "constraints.txt"),
    *(
        "semstyle/VERSION",
        "semstyle/engine/encoders/weights/compact.npz",
        "semstyle/engine/encoders/weights/compact.md",
    ),
    *("manifests/demo.yaml", "manifests/demo/README.md", "manifests/demo/lake_map.png"),
)


def check_wheel(path: Path) -> Outcome:
    """Check a wheel's contents and size."""
    with zipfile.ZipFile(path) as archive:
        sizes = {one.filename: one.file_size for one in archive.infolist() if not one.is_dir()}
    problems = [
        f"{path.name}: has {name}, which is outside the package; pyproject.toml says what a wheel has"
        for name in sizes
        if not name.startswith(("semstyle/", "semstyle-"))
    ]
    return checked(path, sizes, WHEEL_HAS, LARGEST_WHEEL, problems)


def check_source(path: Path) -> Outcome:
    """Check a source distribution's contents and size."""
    with tarfile.open(path) as archive:
        sizes = {one.name.partition("/")[2]: one.size for one in archive if one.isfile()}
    return checked(path, sizes, SOURCE_HAS, LARGEST_SOURCE, [])


def checked(
    path: Path, sizes: Mapping[str, int], needed: tuple[str, ...], largest: int, problems: list[str]
) -> Outcome:
    """Compare the sizes of an archive's files, by path, with what it must and must not have."""
    found = [
        *problems,
        *(f"{path.name}: lacks {name}" for name in needed if not fnmatch.filter(sizes, name)),
        *(f"{path.name}: has {name}; nobody who installs it needs that" for name in sizes if is_unwanted(name)),
        *(
            f"{path.name}: {name} has {size / MIB:.1f} MiB; {LARGEST_FILE / MIB:g} are the most of a file"
            for name, size in sizes.items()
            if size > LARGEST_FILE
        ),
    ]
    size = path.stat().st_size
    if size > largest:
        found.append(f"{path.name}: has {size / MIB:.1f} MiB; {largest / MIB:g} are the most")
    return Outcome(f"{path.name}, {len(sizes)} files, {size / MIB:.1f} MiB", found)


def is_unwanted(name: str) -> bool:
    """Tell whether a path is one that no distribution may have."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in NEVER)
