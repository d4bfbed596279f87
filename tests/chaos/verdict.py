"""What has to hold after every fault, and the table of the faults that it held after."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow.parquet as pq

from semstyle.farm import verify
from semstyle.farm.output.layout import RESULTS, committed_ids, failed_ids, image_path, record_path
from semstyle.storage import Folder

ROWS = [f"row{number:02}" for number in range(10)]
"""Renders of every manifest that faults are injected into."""
COLUMNS = ("fault", "injected", "rows", "rendered", "quarantined", "attempts that failed")


@dataclass
class Survivals:
    """A line for each fault; printed at the end of the tests."""

    lines: list[tuple[str, ...]] = field(default_factory=list)

    def add(
        self, fault: str, injected: str, rows: int, rendered: int, quarantined: int, outcomes: Counter[str]
    ) -> None:
        failed = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())) or "none"
        self.lines.append((fault, injected, str(rows), str(rendered), str(quarantined), failed))

    def table(self) -> Iterable[str]:
        widths = [max(map(len, column)) for column in zip(COLUMNS, *self.lines, strict=True)]
        for line in (COLUMNS, *self.lines):
            yield "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()


def assert_nothing_lost(
    out: str, undisturbed: Mapping[str, bytes], quarantined: Iterable[str] = (), rows: Iterable[str] | None = None
) -> Counter[str]:
    """``verify`` is clean, each row is rendered once or in quarantine, and each image is the undisturbed run's.

    Args:
        undisturbed: Render id → PNG.
        quarantined: The rows that should be.
        rows: All rows; those of ``undisturbed`` when None.

    Returns:
        How the attempts before the last one ended, over all records.
    """
    folder = Folder(out)
    verification = verify(out)
    assert verification.is_good, [str(problem) for problem in verification.problems]
    expected = set(undisturbed if rows is None else rows) - set(quarantined)
    assert set(failed_ids(folder)) == set(quarantined)
    assert set(committed_ids(folder)) == expected
    rendered = [render_id for name in folder.names(RESULTS) for render_id in result_ids(folder, name)]
    assert sorted(rendered) == sorted(expected), "results/ holds each row once"
    for render_id in expected:
        assert folder.read(image_path(render_id)) == undisturbed[render_id], f"{render_id} is another image"
    records = [read(folder, record_path(render_id), ["attempts"]) for render_id in expected]
    return Counter(attempt["outcome"] for record in records for attempt in record["attempts"][0].as_py()[:-1])


def assert_each_row_once(out: str, rows: Iterable[str]) -> Counter[str]:
    """As :func:`assert_nothing_lost`, where there is nothing to compare images with."""
    folder = Folder(out)
    expected = sorted(rows)
    assert verify(out).is_good and not list(failed_ids(folder))
    assert sorted(committed_ids(folder)) == expected
    assert sorted(name for part in folder.names(RESULTS) for name in result_ids(folder, part)) == expected
    records = [read(folder, record_path(render_id), ["attempts"]) for render_id in expected]
    return Counter(attempt["outcome"] for record in records for attempt in record["attempts"][0].as_py()[:-1])


def result_ids(folder: Folder, name: str) -> list[str]:
    ids: list[str] = read(folder, f"{RESULTS}/{name}", ["render_id"])["render_id"].to_pylist()
    return ids


def read(folder: Folder, path: str, columns: list[str]) -> pq.ParquetFile:
    return pq.read_table(io.BytesIO(folder.read(path)), columns=columns)
