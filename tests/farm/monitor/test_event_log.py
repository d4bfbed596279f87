"""The lines of JSON that tell a run's events."""

from __future__ import annotations

import json
import logging

import faults
import pytest

from semstyle.farm import RunOptions, run_manifest
from semstyle.farm.attempt import Failed, FailureClass
from semstyle.farm.errors import FarmError
from semstyle.farm.monitor.event_log import logged_to
from semstyle.farm.monitor.journal import LOGGER, Journal


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.usefixtures("cluster")
def test_a_run_tells_each_event_with_its_run_render_attempt_and_node(manifest, tmp_path):
    path = manifest(
        {"render_id": "plain"},
        {"render_id": "stumbling", "seed": 1, "tags": {"fault": "storage"}},
        {"render_id": "negative", "style_weight": -1.0},
    )
    log = tmp_path / "events.log"

    with logged_to(str(log)):
        summary = run_manifest(path, str(tmp_path / "out"), RunOptions(cpus_per_render=1), perform=faults.faulty)

    events = lines(log.read_text())
    assert {event["run_id"] for event in events} == {summary.status.run_id}
    assert (events[0]["event"], events[0]["renders"]) == ("run started", 3)
    assert events[-1]["event"] == "run ended" and (events[-1]["state"], events[-1]["rendered"]) == ("finished", 2)
    told = [(event["event"], event.get("attempt")) for event in events if event.get("render_id") == "stumbling"]
    assert told == [
        ("attempt launched", 1),
        ("attempt started", 1),
        ("attempt failed", 1),
        ("row to be retried", 2),
        ("attempt launched", 2),
        ("attempt started", 2),
        ("attempt committed", 2),
    ]
    (failed,) = [event for event in events if event["event"] == "attempt failed"]
    assert (failed["level"], failed["class"], failed["message"]) == ("warning", "storage", "503 Slow Down")
    assert failed["node"] and failed["pid"]
    (quarantined,) = [event for event in events if event["event"] == "row quarantined"]
    assert (quarantined["render_id"], quarantined["class"], quarantined["attempts"]) == ("negative", "input", 0)
    assert [failure.render_id for failure in summary.status.last_failures] == ["negative"]
    assert {render.render_id for render in summary.status.slowest} == {"plain", "stumbling"}


def test_no_line_holds_a_secret_or_is_broken_by_what_it_tells(capsys):
    message = 's3://user:hunter22@host/a.png: "denied"\npassword=hunter22'
    with logged_to("-"):
        Journal("run").quarantined("row", Failed(FailureClass.INPUT, message), 1)
    (event,) = lines(capsys.readouterr().err)
    assert "hunter22" not in json.dumps(event) and event["message"].startswith("s3://***@host")


def test_nothing_is_told_unless_asked_for(capsys):
    with logged_to(None):
        Journal("run").node_lost("n1")
    assert capsys.readouterr().err == ""
    assert not LOGGER.isEnabledFor(logging.INFO)


def test_a_log_that_cannot_be_written_is_an_error(tmp_path):
    with pytest.raises(FarmError, match="--log"), logged_to(str(tmp_path / "none" / "events.log")):
        pass
