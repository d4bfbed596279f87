"""What is asked for every night."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from semstyle.dataset.comparison.requirements import Requirements
from semstyle.dataset.export import DatasetFormat, ExportOptions
from semstyle.dataset.export.options import INPUTS
from semstyle.farm import RunOptions
from semstyle.storage import Folder


def usual_export() -> ExportOptions:
    return ExportOptions(DatasetFormat.PARQUET, INPUTS)


@dataclass(frozen=True)
class NightOrder:
    """One night as it is to be made.

    Attributes:
        root: The folder of all nights.
        spec: The URI of a grid spec; ``manifests/nightly.yaml`` with its pictures when None.
        requirements: What the night has to keep, compared with the one before.
        keep: How many complete nights are kept; all of them when None.
    """

    root: Folder
    date: date
    spec: str | None = None
    options: RunOptions = field(default_factory=RunOptions)
    export: ExportOptions = field(default_factory=usual_export)
    requirements: Requirements | None = None
    keep: int | None = None

    @property
    def folder(self) -> Folder:
        """The night's own folder."""
        return night_folder(self.root, self.date)


def night_folder(root: Folder, date: date) -> Folder:
    return Folder(root.location(date.isoformat()))
