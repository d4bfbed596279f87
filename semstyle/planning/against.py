"""Comparing what renders were expected to take with what they have taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pydantic import BaseModel

from semstyle.cost import Estimator, ImageSizes, rates_for, shapes_of
from semstyle.cost.rates import DeviceKind
from semstyle.farm.errors import FarmError
from semstyle.farm.rows.source import ManifestSource
from semstyle.manifest import Row
from semstyle.planning.foresight import PlanOptions
from semstyle.report.results import read_results
from semstyle.storage import AllowList, Folder, redact, resolve

COLUMNS = ("render_id", "seconds", "device", "metrics")
ROWS_AT_ONCE = 1024
CPU = "cpu"
THREADS = "threads"


class ComparedGroup(BaseModel):
    """Renders of one method, and the seconds that workers were busy with them."""

    method: str
    renders: int = 0
    estimated: float = 0.0
    measured: float = 0.0

    @property
    def ratio(self) -> float:
        """Estimated over measured seconds."""
        return self.estimated / self.measured if self.measured else 0.0


class PlanComparison(BaseModel):
    """Estimates beside the seconds in records; ``missing`` rows of the manifest have no record."""

    manifest: str
    out: str
    rates: str
    total: ComparedGroup
    methods: list[ComparedGroup]
    missing: int


@dataclass(frozen=True)
class Taken:
    """What a record says of its render.

    Attributes:
        threads: Of a CPU; None on a GPU.
    """

    seconds: float
    threads: int | None


def compare_with_records(manifest_uri: str, out_uri: str, options: PlanOptions | None = None) -> PlanComparison:
    """Estimate the rows of a manifest that OUT has renders of, and compare with what these have taken.

    Raises:
        FarmError: when OUT has none of them.
        SemstyleError: when the manifest or the records cannot be read.
    """
    options = options or PlanOptions()
    folder = Folder(out_uri)
    manifest_uri = resolve(manifest_uri, str(Path.cwd()))
    taken = {result["render_id"]: taken_by(result) for result in read_results(folder, COLUMNS)}
    kind: DeviceKind = "cuda" if any(one.threads is None for one in taken.values()) else "cpu"
    rates = rates_for(kind, options.rates)
    estimator = Estimator(rates)
    groups: dict[str, ComparedGroup] = {}
    total, missing = ComparedGroup(method="all"), 0
    sizes = ImageSizes(AllowList(options.allow_uri))
    with closing(sizes):
        for rows in good_rows(ManifestSource(manifest_uri)):
            sizes.look(rows)
            for row in rows:
                measured = taken.pop(row.render_id, None)
                if measured is None:
                    missing += 1
                    continue
                seconds = estimator.estimate(row.parameters, shapes_of(row, sizes.of)).seconds
                seconds *= 1 - rates.parallel + rates.parallel / (measured.threads or 1)
                for group in (total, groups.setdefault(row.parameters.method, new_group(row))):
                    group.renders += 1
                    group.estimated += seconds
                    group.measured += measured.seconds
    if not total.renders:
        raise FarmError(f"{redact(folder.uri)}: no renders of this manifest are here; run it first")
    return PlanComparison(
        manifest=redact(manifest_uri),
        out=redact(folder.uri),
        rates=rates.words,
        total=total,
        methods=sorted(groups.values(), key=lambda group: -group.measured),
        missing=missing,
    )


def taken_by(result: Mapping[str, object]) -> Taken:
    seconds, metrics = result["seconds"], dict(result["metrics"] or ())  # type: ignore[call-overload]
    threads = max(1, round(metrics.get(THREADS, 1))) if result["device"] == CPU else None
    return Taken(float(seconds), threads)  # type: ignore[arg-type]


def new_group(row: Row) -> ComparedGroup:
    return ComparedGroup(method=row.parameters.method)


def good_rows(source: ManifestSource) -> Iterator[list[Row]]:
    """Yield the rows that can be rendered, so many at a time."""
    rows = (row for row in source.rows() if isinstance(row, Row))
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
        yield chunk
