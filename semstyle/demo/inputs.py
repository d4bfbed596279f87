"""Writing what the manifests that come with semstyle are built from into a folder of the user's."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from semstyle.demo.photographs import write_photographs
from semstyle.storage import Folder

INSTALLED = Path(__file__).with_name("manifests")
"""Where an installed package has the specs and maps; in a checkout they are in ``CHECKOUT`` alone."""
CHECKOUT = Path(__file__).parents[2] / "manifests"
SPEC = "demo.yaml"


def write_inputs(folder: Path, spec: str = SPEC) -> Path:
    """Write a spec and all that it names into ``folder``; returns the spec's path.

    Args:
        spec: The spec's name in ``manifests/``.

    Raises:
        InputError: when a package that carries the photographs is not installed.
        OSError: when they cannot be written.
    """
    source = INSTALLED if INSTALLED.exists() else CHECKOUT
    write_photographs(folder / "demo" / "photographs")
    for file in (source / spec, *sorted((source / "demo").glob("*_map.png"))):
        shutil.copy(file, folder / file.relative_to(source))
    return folder / spec


def store_inputs(folder: Folder, spec: str) -> str:
    """Write a spec and all that it names into a folder that may be in a bucket, for all nodes; returns the spec's URI.

    Raises:
        InputError: when a package that carries the photographs is not installed.
        StorageError: when they cannot be stored.
    """
    with tempfile.TemporaryDirectory(prefix="semstyle-inputs-") as temporary:
        written = Path(temporary)
        write_inputs(written, spec)
        for file in sorted(path for path in written.rglob("*") if path.is_file()):
            store(folder, file.relative_to(written).as_posix(), file.read_bytes())
    return folder.location(spec)


def store(folder: Folder, path: str, data: bytes) -> None:
    """Write a file unless it is there with this content: a file that is written again counts as a changed input."""
    if not folder.create(path, data) and folder.read(path) != data:
        folder.write(path, data)
