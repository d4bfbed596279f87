"""``semstyle status --watch``: on a terminal the view of the run, in a log a line for what is new, or JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from in_process import Program, program

from semstyle.commands import status as status_command
from semstyle.farm.monitor.status import InFlight, Status

FLIGHT = InFlight(
    render_id="portrait",
    attempt=1,
    node="n",
    pid=1,
    seconds=9.0,
    phase=1,
    phases=3,
    evaluation=5,
    evaluations=30,
    loss=2.5,
)


def status(state: Any, rendered: int, **changed: Any) -> Status:
    now = datetime.now(UTC)
    counts = {"renders": 4, "duplicates": 0, "skipped": 0, "failed": 0, "failed_before": 0, "retries": 0}
    told: dict[str, Any] = {"state": state, "rendered": rendered, "left": 4 - rendered, **counts, **changed}
    return Status(run_id="r", manifest="m.parquet", started_at=now, updated_at=now, **told)


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    """``semstyle status`` of a run that goes on each time that the command waits, until it is finished."""
    steps: Iterator[Status] = iter(
        [
            status("running", 1, in_flight=[FLIGHT], running=1),
            status("running", 2, failed=1, last_error="bad: not an image", in_flight=[FLIGHT], running=1),
            status("finished", 3, failed=1, last_error="bad: not an image"),
        ]
    )

    def go_on(seconds: float) -> None:
        (tmp_path / "status.json").write_bytes(next(steps).as_json())

    go_on(0)
    sleep = time.sleep
    monkeypatch.setattr(
        status_command.time, "sleep", lambda seconds: go_on(seconds) if seconds == 2.0 else sleep(seconds)
    )
    return program(tmp_path, monkeypatch, capsys, "status", str(tmp_path))


def test_a_log_gets_a_line_for_what_is_new(watched: Program) -> None:
    assert watched("--watch").stdout.splitlines() == [
        "running: 1 of 4, 1 in flight",
        "bad: not an image",
        "finished: 4 of 4, 1 failed",
    ]


def test_json_is_a_line_for_each_look(watched: Program) -> None:
    states = [json.loads(line) for line in watched("--watch", "--json").stdout.splitlines()]
    assert [(state["state"], state["rendered"]) for state in states] == [
        ("running", 1),
        ("running", 2),
        ("finished", 3),
    ]
    assert states[0]["in_flight"][0]["loss"] == 2.5


def test_a_terminal_gets_the_view(watched: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    shown = watched("--watch").stdout
    assert shown.startswith("\x1b[?25l") and "\x1b[?25h" in shown, "there is no cursor while it is drawn"
    assert "finished: 4 of 4" in shown and "100%" in shown, "the last status stays"
    assert "bad: not an image\n" not in shown, "which is a line of a log"
