"""The view of a run on terminals of any width, as rich draws it; and which progress suits which console."""

from __future__ import annotations

import io
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from semstyle.farm.attempt import FailureClass
from semstyle.farm.monitor.highlights import LastFailure
from semstyle.farm.monitor.progress import LiveView, ProgressLines, run_progress
from semstyle.farm.monitor.shards import together
from semstyle.farm.monitor.status import AvoidedNode, InFlight, NodeAtWork, Status
from semstyle.farm.monitor.view import RunView

NOW = datetime.now(UTC)
HOSTILE = "\x1b]0;owned\x07 [red]no[/red] \x9b31m"
FIRST = InFlight(
    render_id="portrait-gamma-50",
    attempt=2,
    node="n1",
    pid=1,
    seconds=75.2,
    phase=2,
    phases=3,
    evaluation=143,
    evaluations=300,
    loss=0.012345,
    losses={"content_loss": 0.1, "style_loss_3_1": 2.5},
)
NEW = InFlight(render_id="just-begun", attempt=1, node="n2", pid=2, seconds=0.4)


def status(**changed: Any) -> Status:
    values: dict[str, Any] = {
        "run_id": "run1",
        "state": "running",
        "manifest": "m.parquet",
        "renders": 200,
        "duplicates": 0,
        "skipped": 10,
        "rendered": 27,
        "failed": 2,
        "failed_before": 0,
        "retries": 3,
        "left": 161,
        "running": 2,
        "per_minute": 12.34,
        "eta_seconds": 790.0,
        "in_flight": [FIRST, NEW],
        "started_at": NOW,
        "updated_at": datetime.now(UTC),  # not NOW: the tests before this one may have taken minutes
        "nodes": [NodeAtWork(node=f"n{n}", address=f"10.0.0.{n}", running=n) for n in (1, 2)],
        "last_failures": [
            LastFailure(render_id="bad", failure_class=FailureClass.INPUT, message=HOSTILE, failed_at=NOW)
        ],
    }
    return Status(**{**values, **changed})


def drawn(shown: Status, width: int, height: int = 30) -> str:
    console = Console(record=True, width=width, height=height, file=io.StringIO(), force_terminal=True)
    console.print(RunView(shown))
    return console.export_text()


@pytest.mark.parametrize("width", [40, 80, 140])
def test_it_fits_and_says_the_same_at_any_width(width: int) -> None:
    text = drawn(status(), width)
    assert all(cell_len(line) <= width for line in text.splitlines())
    said = " ".join(text.split())
    for part in ("running: 39 of 200", "2 in flight, 2 failed, 3 tried again, 12.3 a minute, 0:13:10 left"):
        assert part in said
    (row,) = (line for line in text.splitlines() if "portrait" in line)
    assert "2/3" in row and "0.01235" in row.replace("0.01234", "0.01235") and "0:01:15" in row
    (new,) = (line for line in text.splitlines() if "just" in line)
    assert "–" in new and "0:00:00" in new
    assert "nodes: 10.0.0.1 1, 10.0.0.2 2" in said
    assert "last failures" in said and "bad input:" in said
    assert ("19%" in said) == (width >= 50)
    assert ("143/300" in row) == (width >= 60)
    assert ("10.0.0.1" in row and "portrait-gamma-50 (2.)" in row) == (width >= 90)
    assert ("content 0.1, style 3_1 2.5" in row) == (width >= 120)


@pytest.mark.parametrize("width", [1, 7, 20])
def test_a_terminal_that_is_far_too_narrow_is_no_error(width: int) -> None:
    assert "running" in drawn(status(), width).replace("\n", "") or width < 20


def test_a_strangers_text_is_no_command_and_no_markup() -> None:
    bad = InFlight(render_id=HOSTILE, attempt=1, node="n9", pid=1, seconds=1.0, losses={HOSTILE: 1.0})
    evil = NodeAtWork(node="n9", address=HOSTILE, running=1)
    told = status(in_flight=[bad, NEW], nodes=[evil, evil], waits_for_storage=True, last_error=HOSTILE)
    lines = io.StringIO()
    ProgressLines(Console(file=lines)).show(told)
    text = drawn(told, 200) + lines.getvalue()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
    assert text.count("[red]no[/red]") >= 5


def test_without_colours_none_are_used() -> None:
    def sent(**options: Any) -> str:
        file = io.StringIO()
        Console(width=80, height=30, file=file, force_terminal=True, **options).print(RunView(status()))
        return file.getvalue()

    assert "\x1b[" not in sent(color_system=None)
    assert "\x1b[31m" in sent(color_system="standard")
    assert not re.search(r"\x1b\[[\d;]*[39][0-7]", sent(color_system="standard", no_color=True))


def test_a_low_terminal_shows_fewer_in_flight_and_says_how_many_more() -> None:
    many = [FIRST.model_copy(update={"render_id": f"row-{number:02}"}) for number in range(20)]
    high, low = (drawn(status(in_flight=many, running=64), 100, height) for height in (50, 14))
    assert high.count("row-") == 20 and "… and 44 more" in high
    assert 3 <= low.count("row-") < 12 and f"… and {64 - low.count('row-')} more" in low
    assert len(low.splitlines()) <= 14


def test_the_end_and_a_driver_that_is_gone_are_told() -> None:
    ended = drawn(status(state="finished", in_flight=[], running=0, nodes=[], eta_seconds=None), 80)
    assert "finished: 39 of 200" in ended and "in flight" not in ended
    gone = drawn(status(updated_at=NOW - timedelta(minutes=5)), 120)
    assert "the driver may be gone" in gone and "the driver may be gone" not in drawn(status(), 120)


def test_an_empty_manifest_is_no_error() -> None:
    assert "0 of 0" in drawn(status(renders=0, skipped=0, rendered=0, failed=0, in_flight=[]), 80)


def test_drivers_that_share_a_manifest_are_shown_together_and_no_more_than_twenty_flights() -> None:
    flights = [FIRST.model_copy(update={"seconds": float(number)}) for number in range(15)]
    parts = [status(shard=f"{number}/2", in_flight=flights, running=15) for number in (1, 2)]
    whole = together(parts, 2)
    assert [flight.seconds for flight in whole.in_flight[:3]] == [14.0, 14.0, 13.0] and len(whole.in_flight) == 20
    assert {found.address: found.running for found in whole.nodes} == {"10.0.0.1": 2, "10.0.0.2": 4}
    assert len(whole.as_json()) < 16_000
    assert "shard 2/2 running: 39 of 200" in drawn(whole, 80)


def test_a_terminal_gets_a_view_and_all_else_lines(monkeypatch: Any) -> None:
    def kind(**options: Any) -> type:
        progress = run_progress(Console(file=io.StringIO(), **options))
        progress.close()
        return type(progress)

    monkeypatch.setenv("TERM", "xterm")
    assert kind(force_terminal=True) is LiveView
    assert kind(force_terminal=False) is ProgressLines
    monkeypatch.setenv("TERM", "dumb")
    assert kind(force_terminal=True) is ProgressLines


def test_what_is_printed_stands_above_the_view_which_is_drawn_over(monkeypatch: Any) -> None:
    monkeypatch.setenv("TERM", "xterm")
    file = io.StringIO()
    view = LiveView(Console(file=file, force_terminal=True, width=80, height=30), takes_stdout=False)
    avoided = AvoidedNode(node="abcdefgh", address="10.0.0.7", reason="3 tasks died on it", until=NOW)
    view.show(status(avoided_nodes=[avoided]))
    view.print("a line of the log")
    view.print("another")
    view.show(status(rendered=28))
    view.close()
    text = file.getvalue()
    assert text.count("avoiding node 10.0.0.7") == 1 and text.count("a line of the log") == 1
    assert text.rindex("40 of 200") > text.index("a line of the log") and "\x1b[2K" in text


def test_hundreds_of_statuses_are_told_without_drawing_each(monkeypatch: Any) -> None:
    monkeypatch.setenv("TERM", "xterm")
    file = io.StringIO()
    view = LiveView(Console(file=file, force_terminal=True, width=80, height=30), takes_stdout=False)
    begun = time.monotonic()
    told = status()
    for _ in range(500):
        view.show(told)
    seconds = time.monotonic() - begun
    view.close()
    assert file.getvalue().count("39 of") <= 4 + 3 * seconds, "it is drawn twice a second, however often it is told"


def test_a_log_gets_a_line_for_each_failure_however_many_there_are_at_once() -> None:
    def failure(name: str) -> LastFailure:
        return LastFailure(render_id=name, failure_class=FailureClass.INPUT, message="not an image", failed_at=NOW)

    file = io.StringIO()
    lines = ProgressLines(Console(file=file, width=200))
    error = {"last_error": "c: not an image"}
    lines.show(status(last_failures=[failure("a")], last_error="a: not an image"))
    for _ in range(2):
        lines.show(status(last_failures=[failure("c"), failure("b"), failure("a")], **error))
    lines.show(status(last_failures=[failure("c"), failure("b"), failure("a")], last_error="d: 503, to be tried again"))
    said = [line for line in file.getvalue().splitlines() if not line.startswith("running")]
    assert said == [*(f"{name}: not an image" for name in "abc"), "d: 503, to be tried again"]
