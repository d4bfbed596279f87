"""What a heartbeat says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from semstyle.farm.errors import FarmError
from semstyle.farm.monitor.journal import Journal
from semstyle.farm.monitor.reporter import Reporter
from semstyle.farm.monitor.status import Heartbeat, read_status
from semstyle.farm.output.layout import STATUS
from semstyle.farm.rows.plan import Tally
from semstyle.storage import Folder


def reporter(folder: Folder, tally: Tally) -> tuple[Reporter, Heartbeat]:
    heartbeat = Heartbeat(folder)
    return Reporter("run1", "m.parquet", tally, Journal("run1"), heartbeat, None), heartbeat


def test_is_stored_with_its_counts_and_read_back(tmp_path):
    folder = Folder(str(tmp_path))
    tally = Tally(rows=10, duplicates=1, skipped=2, rendered=3, failed=1)
    told, heartbeat = reporter(folder, tally)
    status = told.enter("running", "row7: no such file")
    heartbeat.close()
    assert read_status(str(tmp_path)) == status
    assert (status.renders, status.done, status.left) == (9, 6, 3)
    assert status.last_error == "row7: no such file"


def test_a_driver_that_fell_silent_is_told_from_one_that_ended(tmp_path):
    told, heartbeat = reporter(Folder(str(tmp_path)), Tally())
    heartbeat.close()
    status = told.status("running")
    assert not status.is_silent
    status.updated_at = datetime.now(UTC) - timedelta(minutes=5)
    assert status.is_silent
    status.state = "finished"
    assert not status.is_silent


def test_no_run_and_a_strangers_file_are_errors(tmp_path):
    with pytest.raises(FarmError, match="no run here"):
        read_status(str(tmp_path))
    (tmp_path / STATUS).write_text('{"state": "sleeping"}')
    with pytest.raises(FarmError, match="not a status"):
        read_status(str(tmp_path))
