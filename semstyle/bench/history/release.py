"""The figures of one release: a JSON file of its own in docs/benchmarks/."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from semstyle.errors import InputError

FOLDER = "benchmarks"


class Release(BaseModel):
    """What was measured of one release, on one machine.

    Attributes:
        measured: The day, as in 2026-11-28.
        machine: Its processor, threads and GPU.
        packages: The versions of what matters besides.
        figures: The name of a benchmark → the name of a figure → the figure.
    """

    model_config = ConfigDict(frozen=True)

    version: str
    measured: str
    machine: str
    packages: str
    figures: dict[str, dict[str, float]]

    def figure(self, benchmark: str, name: str) -> float | None:
        """Return a figure; None where it was not measured."""
        return self.figures.get(benchmark, {}).get(name)


def keep(release: Release, folder: Path) -> Path:
    """Write a release's file into ``folder``, in place of an earlier one of the same version."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{release.version}.json"
    path.write_text(release.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def releases_in(folder: Path) -> list[Release]:
    """Read all releases of ``folder``, the oldest first.

    Raises:
        InputError: when a file is none.
    """
    releases = []
    for path in folder.glob("*.json"):
        try:
            releases.append(Release.model_validate_json(path.read_bytes()))
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"])) or "the file"
            raise InputError(f"{path}: {where}: not what semstyle bench report wrote; restore or remove it") from None
    return sorted(releases, key=lambda release: in_order(release.version))


def in_order(version: str) -> list[int]:
    """Return what versions are sorted by: 1.10.0 comes after 1.9.0."""
    return [int(number) for number in re.findall(r"\d+", version)]
