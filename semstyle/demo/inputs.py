"""What the demonstration's manifest is built from, as files in a folder of the user's."""

from __future__ import annotations

import shutil
from pathlib import Path

from semstyle.demo.photographs import write_photographs

INSTALLED = Path(__file__).with_name("manifests")
"""Where the package has the spec and the maps; a checkout has them where they are edited."""
CHECKOUT = Path(__file__).parents[2] / "manifests"
SPEC = "demo.yaml"


def write_inputs(folder: Path) -> Path:
    """Write the spec with all it names into ``folder``; returns the spec's path.

    Raises:
        InputError: when a package that carries the photographs is not installed.
    """
    source = INSTALLED if INSTALLED.exists() else CHECKOUT
    write_photographs(folder / "demo" / "photographs")
    for file in (source / SPEC, *sorted((source / "demo").glob("*_map.png"))):
        shutil.copy(file, folder / file.relative_to(source))
    return folder / SPEC
