"""Nodes that are avoided, in the status, on a terminal, in a log and in the sum of several drivers."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from rich.console import Console

from semstyle.commands.status import status_rows
from semstyle.farm.monitor.journal import Journal
from semstyle.farm.monitor.progress import LiveView, ProgressLines
from semstyle.farm.monitor.reporter import Reporter
from semstyle.farm.monitor.shards import together
from semstyle.farm.monitor.snapshot import Snapshot
from semstyle.farm.monitor.status import AvoidedNode, Heartbeat, Status, read_status
from semstyle.farm.rows.plan import Tally
from semstyle.storage import Folder

UNTIL = datetime(2030, 1, 1, 12, 5, tzinfo=UTC)
BAD = AvoidedNode(node="5d41402abc4b2a76", address="10.0.0.7", reason="3 tasks died on it", until=UNTIL)
WORSE = AvoidedNode(node="7215ee9c7d9dc229", address="10.0.0.8", reason="its driver is too old", until=UNTIL)
LINE = "avoiding node 10.0.0.7 (5d41402a) until 12:05:00 UTC: 3 tasks died on it"


def snapshot(*avoided: AvoidedNode) -> Snapshot:
    return Snapshot(
        is_stopping=False,
        is_paused=False,
        running=1,
        longest=(),
        queued=0,
        waiting=0,
        places=2,
        avoided=avoided,
        last_error=None,
    )


def statuses(folder, *snapshots: Snapshot) -> list[Status]:
    heartbeat = Heartbeat(Folder(str(folder)))
    reporter = Reporter("run1", "m.parquet", Tally(rows=10), Journal("run1"), heartbeat, None)
    found = [*map(reporter.report, snapshots), reporter.enter("finished")]
    heartbeat.close()
    return found


def test_the_status_has_them_while_they_are_avoided_and_those_of_the_end(tmp_path):
    avoided, freed, again, ended = statuses(tmp_path, snapshot(BAD), snapshot(), snapshot(BAD, WORSE))
    assert (avoided.avoided_nodes, freed.avoided_nodes) == ([BAD], [])
    assert again.avoided_nodes == ended.avoided_nodes == [BAD, WORSE]
    assert read_status(str(tmp_path)).avoided_nodes == [BAD, WORSE]
    rows = status_rows(avoided)
    assert rows["avoided"] == LINE and "avoids 1 node" in rows["now"]
    assert "avoided" not in status_rows(freed) and "avoids 2 nodes" in status_rows(ended)["now"]


def test_each_is_told_once_on_a_terminal_and_in_a_log(tmp_path):
    shown = statuses(tmp_path, snapshot(BAD), snapshot(BAD), snapshot(BAD, WORSE), snapshot(WORSE), snapshot(BAD))
    for kind, terminal in ((ProgressLines, False), (LiveView, True)):
        text = io.StringIO()
        progress = kind(Console(file=text, width=120, force_terminal=terminal))
        for status in shown:
            progress.show(status)
        progress.close()
        assert text.getvalue().count(LINE) == 2, "when it is avoided, and when it is again"
        assert text.getvalue().count("10.0.0.8 (7215ee9c)") == 1


def test_drivers_that_share_a_manifest_have_all_of_theirs(tmp_path):
    first, _ = statuses(tmp_path, snapshot(BAD))
    second, _ = statuses(tmp_path, snapshot(BAD, WORSE))
    assert together([first, second], 2).avoided_nodes == [BAD, WORSE]
