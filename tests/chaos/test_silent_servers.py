"""Web servers that take connections and say nothing, or too little: only the rows that name them are lost, and soon."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from slow_server import slow_server
from troubles import Perform
from verdict import ROWS, assert_nothing_lost

from semstyle.farm import retries
from semstyle.farm.attempt import Answer, Assignment, FailureClass
from semstyle.farm.worker.task import perform

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

SILENT = {
    "silent-style": {"style": "silent"},
    "silent-content": {"content": "silent"},
    "stalls": {"style": "stalls"},
    "drips": {"init": "drips"},
    "silent-weights": {"encoder": "silent"},
}
SECONDS = 240
"""That the run may take at most: two attempts of each of these rows, and the good rows; not the hours of a silence."""


def test_silent_servers(cluster, undisturbed, manifest, run, log, survivals, tmp_path, pictures, monkeypatch):
    once_more = dataclasses.replace(retries.POLICIES[FailureClass.STORAGE], most=1)
    monkeypatch.setitem(retries.POLICIES, FailureClass.STORAGE, once_more)
    monkeypatch.setattr(retries, "LONGEST_DELAY", 1.0)
    out = tmp_path / "out"
    with slow_server() as (address, asked):
        path = manifest(more=list(SILENT))
        send_to(address, path)
        begun = time.monotonic()
        summary = run(path, str(out), impatiently(2.0), lambda: None, allow_uri=(address, str(pictures)))
        seconds = time.monotonic() - begun

    assert summary.exit_code == 3
    assert seconds < SECONDS
    outcomes = assert_nothing_lost(str(out), undisturbed, quarantined=SILENT, rows=[*ROWS, *SILENT])
    assert not outcomes, "no good row was disturbed"
    failures = {name: json.loads((out / "failures" / f"{name}.json").read_text()) for name in SILENT}
    assert {failure["class"] for failure in failures.values()} == {"storage"}
    for name, failure in failures.items():
        said = "comes too slowly" if name == "drips" else "has sent nothing for 2 s"
        assert failure["message"].startswith(address) and said in failure["message"]
        assert len(failure["attempts"]) == 2
    injected = f"{len(asked)} requests unanswered"
    rows = len(ROWS) + len(SILENT)
    survivals.add("silent servers", injected, rows, summary.status.rendered, summary.status.failed, outcomes)


def send_to(address: str, path: str) -> None:
    """Have each row of ``SILENT`` in a manifest name the server at ``address`` in its column."""
    table = pq.read_table(path)
    rows = [{**row, **named(address, row["render_id"])} for row in table.to_pylist()]
    columns = sorted({column for row in rows for column in row} - set(table.schema.names))
    schema = pa.schema([*table.schema, *((column, pa.string()) for column in columns)])
    pq.write_table(pa.Table.from_pylist(rows, schema), path)


def named(address: str, render_id: str) -> dict[str, str]:
    return {column: f"{address}/{manner}/a.png" for column, manner in SILENT.get(render_id, {}).items()}


def impatiently(seconds: float) -> Perform:
    """The real work, with deadlines for servers that a test has time for."""

    def perform_impatiently(assignment: Assignment) -> Iterator[Answer]:
        from semstyle.storage import deadlines, patience

        deadlines.SILENT_SECONDS, deadlines.UNHURRIED_SECONDS, patience.SECONDS = seconds, 2 * seconds, seconds
        yield from perform(assignment)

    return perform_impatiently
