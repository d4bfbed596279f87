"""The time that a run is said to take still, in its status."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from semstyle.engine import Parameters
from semstyle.farm.monitor import reporter as reporter_module
from semstyle.farm.monitor.journal import Journal
from semstyle.farm.monitor.reporter import Reporter
from semstyle.farm.monitor.snapshot import Snapshot
from semstyle.farm.monitor.status import Heartbeat
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.rows.plan import Tally, pending
from semstyle.manifest import Position, Row
from semstyle.storage import Folder

ROWS = [
    Row(("a.png",), None, None, None, Parameters(size=size), {}, str(size), Position("m.parquet", 1))
    for size in (64, 128, 512)
]
RUNNING = Snapshot(
    is_stopping=False,
    is_paused=False,
    running=1,
    longest=(),
    queued=0,
    waiting=0,
    places=1,
    avoided=(),
    last_error=None,
)


def test_it_knows_that_the_long_ones_come_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clock = [100.0]
    monkeypatch.setattr(reporter_module.time, "monotonic", lambda: clock[0])
    tally = Tally(rows=len(ROWS))
    handed_out = list(pending(ROWS, Ledger(), tally, False))
    assert [row.render_id for row in handed_out] == ["512", "128", "64"]
    long, *short = (tally.workload.estimated(row) for row in handed_out)
    heartbeat = Heartbeat(Folder(str(tmp_path)))
    reporter = Reporter("run1", "m.parquet", tally, Journal("run1"), heartbeat, None)
    assert reporter.report(RUNNING).eta_seconds is None
    clock[0] += long  # half of it by the estimate, as this machine takes twice as long
    begun = reporter.report(replace(RUNNING, worked=long / 2))
    assert begun.per_minute is None and begun.eta_seconds == pytest.approx(long + 2 * sum(short), abs=0.1)
    clock[0] += long
    tally.rendered = 1
    tally.workload.finish("512", 2 * long)
    one_done = reporter.report(RUNNING)
    by_number = 2 * (2 * long)  # what two more would take at the rate of the one that is done
    assert one_done.eta_seconds == pytest.approx(2 * sum(short), abs=0.1) and one_done.eta_seconds < by_number / 5
    heartbeat.close()
