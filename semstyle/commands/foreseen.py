"""What a manifest would hold, found out without writing it: ``semstyle manifest build --dry-run``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any

from semstyle.cost import Estimator, ImageSizes, rates_for, shapes_of
from semstyle.manifest import BadRow, Position, Row
from semstyle.manifest.build import read_source
from semstyle.manifest.errors import ManifestError
from semstyle.manifest.row import make_row
from semstyle.manifest.specs.settings import Settings
from semstyle.storage import parent

ROWS_AT_ONCE = 1024


@dataclass
class Foreseen:
    """What a spec stands for.

    Attributes:
        renders: Rows that are no repetition of another.
        inputs: Files that they name, each counted once.
        cpu_seconds: What one CPU would take for all of them.
        gpu_seconds: The same of one GPU.
        cpu_rates, gpu_rates: Whose rates these go by.
    """

    rows: int = 0
    renders: int = 0
    inputs: int = 0
    cpu_seconds: float = 0.0
    gpu_seconds: float = 0.0
    cpu_rates: str = ""
    gpu_rates: str = ""


def foresee(spec_uri: str, settings: Settings | None, limit: int | None) -> Foreseen:
    """Go through the rows of a spec, or of a table in CSV, as they would be written.

    Raises:
        SemstyleError: whatever would keep the manifest from being built.
    """
    cpu, gpu = Estimator(rates_for("cpu")), Estimator(rates_for("cuda"))
    found = Foreseen(cpu_rates=cpu.rates.words, gpu_rates=gpu.rates.words)
    renders: set[str] = set()
    inputs: set[str] = set()
    rows = islice(read_source(spec_uri, settings).rows(), limit)
    with closing(ImageSizes()) as sizes:
        for chunk in batched(checked(rows, spec_uri)):
            found.rows += len(chunk)
            new = list({row.render_id: row for row in chunk if row.render_id not in renders}.values())
            sizes.look(new)
            for row in new:
                renders.add(row.render_id)
                inputs.update(uri for _, uri in row.uris())
                shapes = shapes_of(row, sizes.of)
                found.cpu_seconds += cpu.estimate(row.parameters, shapes).seconds
                found.gpu_seconds += gpu.estimate(row.parameters, shapes).seconds
    found.renders, found.inputs = len(renders), len(inputs)
    return found


def checked(rows: Iterable[Mapping[str, Any]], spec_uri: str) -> Iterator[Row]:
    """Yield the rows that ``rows`` stand for; raises :class:`ManifestError` at one that cannot be rendered."""
    for number, values in enumerate(rows, 1):
        row = make_row(values, Position(spec_uri, number), parent(spec_uri))
        if isinstance(row, BadRow):
            raise ManifestError(row.message, spec_uri, number, row.column)
        yield row


def batched(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
        yield chunk
