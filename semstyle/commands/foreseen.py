"""What a manifest would hold, found out without writing it: ``semstyle manifest build --dry-run``."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from semstyle.farm.cost import estimated_seconds
from semstyle.farm.demand import Demand
from semstyle.manifest import BadRow, Position
from semstyle.manifest.build import read_source
from semstyle.manifest.errors import ManifestError
from semstyle.manifest.row import make_row
from semstyle.manifest.specs.settings import Settings
from semstyle.storage import parent

CPU, GPU = Demand(0.0, 1.0), Demand(1.0, 1.0)


@dataclass
class Foreseen:
    """What a spec stands for.

    Attributes:
        renders: Rows that are no repetition of another.
        inputs: Files that they name, each counted once.
        cpu_seconds: What one CPU would take for all of them, rather too long than too short.
        gpu_seconds: The same of one GPU.
    """

    rows: int = 0
    renders: int = 0
    inputs: int = 0
    cpu_seconds: float = 0.0
    gpu_seconds: float = 0.0


def foresee(spec_uri: str, settings: Settings | None, limit: int | None) -> Foreseen:
    """Go through the rows of a spec, or of a table in CSV, as they would be written.

    Raises:
        SemstyleError: whatever would keep the manifest from being built.
    """
    found = Foreseen()
    renders: set[str] = set()
    inputs: set[str] = set()
    rows = read_source(spec_uri, settings).rows()
    for number, values in enumerate(itertools.islice(rows, limit), 1):
        row = make_row(values, Position(spec_uri, number), parent(spec_uri))
        if isinstance(row, BadRow):
            raise ManifestError(row.message, spec_uri, number, row.column)
        found.rows += 1
        if row.render_id not in renders:
            renders.add(row.render_id)
            inputs.update(uri for _, uri in row.uris())
            found.cpu_seconds += estimated_seconds(row, CPU)
            found.gpu_seconds += estimated_seconds(row, GPU)
    found.renders, found.inputs = len(renders), len(inputs)
    return found


def in_words(seconds: float) -> str:
    """Write how long something takes, such as ``95 minutes``."""
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 2 * 3600 else f"{seconds / 3600:,.1f} hours"
