"""The overview of a whole run: its counts, the ranges of its metrics, and what failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice

from semstyle.evaluate.metrics import METRICS, Metric
from semstyle.farm.errors import FarmError
from semstyle.farm.many_at_once import in_order
from semstyle.farm.monitor.status import read_status
from semstyle.farm.output.aggregate import LOST, Summary
from semstyle.farm.output.failures import Failure
from semstyle.farm.output.job import read_job
from semstyle.farm.output.layout import SUMMARY, failed_ids, failure_path, image_path, record_path
from semstyle.report.varying import Result
from semstyle.storage import Folder, StorageError, redact

MOST_FAILURES = 100


@dataclass
class Range:
    """The smallest, mean and largest value of one metric."""

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
class RunTotals:
    """Sums over renders that are added one after another, so that there may be any number of them."""

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
        facts: What to show of the run, as (name, value).
        failures: Some of the rows that failed.
        failed: How many rows failed.
        lost: Ids of some of the renders that were committed and are gone.
        lost_count: How many such renders there are.
    """

    out: str
    state: str
    facts: Sequence[tuple[str, str]]
    ranges: Sequence[Range]
    failures: Sequence[Failure]
    failed: int
    lost: Sequence[str]
    lost_count: int


def overview(folder: Folder, totals: RunTotals) -> Overview:
    """Read what the folder says of the run besides its renders."""
    job = read_job(folder)
    failed = sorted(failed_ids(folder))
    lost, lost_count = lost_ids(folder)
    facts = [("images", f"{totals.renders:,}"), ("failed rows", f"{len(failed):,}")]
    facts += [("lost", f"{lost_count:,}")] if lost_count else []
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
        lost,
        lost_count,
    )


def lost_ids(folder: Folder) -> tuple[list[str], int]:
    """Return some ids of the renders that the last summary calls lost and that are still missing, and their number."""
    try:
        summary = Summary.model_validate_json(folder.read(SUMMARY))
    except (StorageError, ValueError):
        return [], 0

    def is_back(render_id: str) -> bool:
        try:
            return folder.exists(record_path(render_id)) and folder.exists(image_path(render_id))
        except StorageError:
            return False

    lost = [name for name, back in zip(summary.lost, in_order(is_back, summary.lost), strict=True) if not back]
    return lost, summary.failures.get(LOST, 0) - len(summary.lost) + len(lost)


def state_of(folder: Folder) -> str:
    try:
        return read_status(folder.uri).state
    except (StorageError, FarmError):
        return "unknown"


def read_failures(folder: Folder, render_ids: Sequence[str]) -> Iterator[Failure]:
    """Yield the failures of ``render_ids``, in order; one that cannot be read is left out."""

    def read(render_id: str) -> Failure | None:
        try:
            return Failure.model_validate_json(folder.read(failure_path(render_id)))
        except (StorageError, ValueError):
            return None

    yield from (failure for failure in in_order(read, render_ids[:MOST_FAILURES]) if failure is not None)
