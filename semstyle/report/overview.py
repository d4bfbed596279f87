"""What a whole run comes to: its counts, its metrics' ranges and what failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice

from semstyle.evaluate.metrics import METRICS, Metric
from semstyle.farm.archive import in_order
from semstyle.farm.errors import FarmError
from semstyle.farm.job import read_job
from semstyle.farm.layout import failed_ids, failure_path
from semstyle.farm.quarantine import Failure
from semstyle.farm.status import read_status
from semstyle.report.varying import Result
from semstyle.storage import Folder, StorageError, redact

MOST_FAILURES = 100


@dataclass
class Range:
    """Smallest, mean and largest of one metric."""

    metric: Metric
    count: int = 0
    total: float = 0.0
    smallest: float = float("inf")
    largest: float = float("-inf")

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value
        self.smallest, self.largest = min(self.smallest, value), max(self.largest, value)

    @property
    def mean(self) -> float:
        return self.total / self.count


@dataclass
class Totals:
    """What renders add up to, one after another, however many there are."""

    renders: int = 0
    seconds: float = 0.0
    devices: set[str] = field(default_factory=set)
    versions: set[str] = field(default_factory=set)
    ranges: dict[str, Range] = field(default_factory=lambda: {metric.name: Range(metric) for metric in METRICS})

    def add(self, result: Result) -> None:
        self.renders += 1
        self.seconds += result["render_seconds"] or 0.0
        self.devices.add(result["device"])
        self.versions.add(result["semstyle_version"])
        for name, value in result["metrics"] or ():
            if name in self.ranges:
                self.ranges[name].add(value)

    @property
    def known_ranges(self) -> list[Range]:
        return [found for found in self.ranges.values() if found.count]


@dataclass(frozen=True)
class Overview:
    """The head of a report.

    Attributes:
        out: Where the run is, without credentials.
        state: How the last run ended, or ``unknown``.
        facts: (name, value) to show.
        failures: Some of the rows that failed.
        failed: How many there are.
    """

    out: str
    state: str
    facts: Sequence[tuple[str, str]]
    ranges: Sequence[Range]
    failures: Sequence[Failure]
    failed: int


def overview(folder: Folder, totals: Totals) -> Overview:
    """What the folder says beside its renders."""
    job = read_job(folder)
    failed = sorted(failed_ids(folder))
    facts = [("images", f"{totals.renders:,}"), ("failed rows", f"{len(failed):,}")]
    facts += [("time rendering", str(timedelta(seconds=round(totals.seconds))))]
    facts += [("devices", ", ".join(sorted(totals.devices)) or "–")]
    facts += [("semstyle", ", ".join(sorted(totals.versions)) or "–")]
    if job is not None:
        facts += [("runs", f"{len(job.runs):,}"), ("manifest", redact(job.manifest))]
    return Overview(
        redact(folder.uri),
        state_of(folder),
        facts,
        totals.known_ranges,
        list(islice(read_failures(folder, failed), MOST_FAILURES)),
        len(failed),
    )


def state_of(folder: Folder) -> str:
    try:
        return read_status(folder.uri).state
    except (StorageError, FarmError):
        return "unknown"


def read_failures(folder: Folder, render_ids: Sequence[str]) -> Iterator[Failure]:
    """Those of ``render_ids``, in order; one that cannot be read is left out."""

    def read(render_id: str) -> Failure | None:
        try:
            return Failure.model_validate_json(folder.read(failure_path(render_id)))
        except (StorageError, ValueError):
            return None

    yield from (failure for failure in in_order(read, render_ids[:MOST_FAILURES]) if failure is not None)
