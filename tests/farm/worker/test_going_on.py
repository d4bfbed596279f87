"""Rendering goes on while finished renders are committed: the same images and records, and each row has its answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import faults
import pyarrow.parquet as pq
import pytest

from semstyle.farm import RunOptions, run_manifest, verify
from semstyle.farm.attempt import Assignment, Committed, Failed, FailureClass, Started
from semstyle.farm.demand import Demand
from semstyle.farm.worker import batch, render_attempt
from semstyle.farm.worker.ahead import ahead
from semstyle.manifest import read_rows
from semstyle.storage import StorageError

STARTED = Started("node", 7, 0.0)
UNLIKE = (  # two of one shape, and two of others
    {"render_id": "a", "seed": 0},
    {"render_id": "b", "seed": 1},
    {"render_id": "c", "size": 48},
    {"render_id": "d", "method": "gram", "style_layers": "1_1,2_1"},
)
TIMES = {"started_at", "seconds", "load_seconds", "render_seconds", "store_seconds", "judge_seconds"}
SECONDS = 60
"""So long is waited for what should come at once."""


class TestAhead:
    def test_things_come_in_order_and_no_more_are_made_than_may_wait(self) -> None:
        made: list[int] = []
        taken = ahead((made.append(number) or number for number in range(8)), 2)
        for number, thing in enumerate(taken):
            assert thing == number
            assert len(made) <= number + 1 + 2
        assert made == list(range(8))

    def test_the_next_is_made_while_one_is_used(self) -> None:
        second = threading.Event()

        def things() -> Iterator[str]:
            yield "first"
            second.set()
            yield "second"

        taken = ahead(things(), 1)
        assert next(taken) == "first"
        assert second.wait(SECONDS)
        assert list(taken) == ["second"]

    def test_an_error_comes_after_what_was_made_before(self) -> None:
        def things() -> Iterator[int]:
            yield 1
            yield 2
            raise ZeroDivisionError

        taken = ahead(things(), 2)
        assert [next(taken), next(taken)] == [1, 2]
        with pytest.raises(ZeroDivisionError):
            next(taken)

    def test_closed_early_it_makes_no_more_and_leaves_no_thread(self) -> None:
        before, made = threading.active_count(), []
        taken = ahead((made.append(number) or number for number in range(1000)), 1)
        assert next(taken) == 0
        taken.close()
        assert threading.active_count() == before and len(made) < 5


@pytest.fixture
def going_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a task has a device."""
    monkeypatch.setattr(batch, "goes_on", lambda assignments: True)


def assignments(path: str, out: Path) -> list[Assignment]:
    return [Assignment(row, str(out), "run", Demand(0, 1)) for row in read_rows(path)]


def record(out: Path, render_id: str) -> dict:
    (found,) = pq.read_table(out / "records" / f"{render_id}.parquet").to_pylist()
    return found


def without_times(found: dict) -> dict:
    metrics = {name: value for name, value in found["metrics"] if "seconds" not in name and "memory" not in name}
    trace = [{name: value for name, value in row.items() if name != "seconds"} for row in found["trace"]]
    attempts = [attempt["outcome"] for attempt in found["attempts"]]
    rest = {name: value for name, value in found.items() if name not in TIMES}
    return {**rest, "metrics": metrics, "trace": trace, "attempts": attempts}


def test_a_task_goes_on_only_where_it_has_a_device_and_several_rows() -> None:
    def one(gpus: float) -> Assignment:
        return Assignment(None, "out", "run", Demand(gpus, 1))  # type: ignore[arg-type]

    assert batch.goes_on([one(0.5), one(0.5)])
    assert not batch.goes_on([one(1)]) and not batch.goes_on([one(0), one(0)])


def test_images_and_records_are_the_same_as_in_turn(manifest, tmp_path, monkeypatch) -> None:
    path, answers = manifest(*UNLIKE), {}
    for name, goes_on in (("turn", False), ("on", True)):
        monkeypatch.setattr(batch, "goes_on", lambda assignments, goes_on=goes_on: goes_on)
        answers[name] = list(batch.attempts(assignments(path, tmp_path / name), STARTED))
    for name in ("turn", "on"):
        assert [answer.number for answer in answers[name]] == [0, 1, 2, 3]
        assert all(isinstance(answer, Committed) and answer.ours for answer in answers[name])
    for row in "abcd":
        images = [(tmp_path / name / "images" / f"{row}.png").read_bytes() for name in ("turn", "on")]
        assert images[0] == images[1]
        records = [record(tmp_path / name, row) for name in ("turn", "on")]
        assert without_times(records[0]) == without_times(records[1])
        for found, name in zip(records, ("turn", "on"), strict=True):
            metrics = dict(found["metrics"])
            parts = [found[f"{part}_seconds"] for part in ("load", "render", "store")]
            parts.append(metrics["judge_seconds"])
            assert all(part > 0 for part in parts)
            assert sum(parts) <= found["attempts"][-1]["seconds"] <= answers[name]["abcd".index(row)].seconds


@pytest.mark.usefixtures("going_on")
def test_the_next_render_begins_while_storage_is_slow_and_its_time_is_no_part_of_rendering(
    manifest, tmp_path, monkeypatch
) -> None:
    begun, real_commit, real_render = threading.Event(), render_attempt.commit, render_attempt.render_request

    def slow(folder, render_id, *rest):
        if render_id == "c":
            assert begun.wait(SECONDS), "d is not rendered while c is being committed"
        return real_commit(folder, render_id, *rest)

    def render(request, **rest):
        if request.parameters.method == "gram":
            begun.set()
        return real_render(request, **rest)

    monkeypatch.setattr(render_attempt, "commit", slow)
    monkeypatch.setattr(render_attempt, "render_request", render)
    answers = list(batch.attempts(assignments(manifest(*UNLIKE), tmp_path / "out"), STARTED))
    assert [type(answer) for answer in answers] == [Committed] * 4


@pytest.mark.usefixtures("going_on")
def test_an_answer_comes_only_when_its_record_is_there(manifest, tmp_path) -> None:
    out, rows = tmp_path / "out", assignments(manifest(*UNLIKE), tmp_path / "out")
    for answer in batch.attempts(rows, STARTED):
        assert record(out, rows[answer.number].row.render_id)["render_id"] == rows[answer.number].row.render_id


@pytest.mark.usefixtures("going_on")
def test_what_storage_does_not_take_is_told_of_its_own_row(manifest, tmp_path, monkeypatch) -> None:
    real = render_attempt.commit

    def commit(folder, render_id, *rest):
        if render_id == "b":
            raise StorageError("503 Slow Down", transient=True)
        return real(folder, render_id, *rest)

    monkeypatch.setattr(render_attempt, "commit", commit)
    answers = list(batch.attempts(assignments(manifest(*UNLIKE), tmp_path / "out"), STARTED))
    assert [answer.number for answer in answers] == [0, 1, 2, 3]
    failed = [answer for answer in answers if isinstance(answer, Failed)]
    assert [(answer.number, answer.kind) for answer in failed] == [(1, FailureClass.STORAGE)]


@pytest.mark.usefixtures("going_on")
def test_left_early_a_task_renders_nothing_more(manifest, tmp_path, monkeypatch) -> None:
    begun: list[str] = []
    real = batch.rendered
    monkeypatch.setattr(
        batch, "rendered", lambda assignment, started: begun.append(assignment) or real(assignment, started)
    )
    rows = [{"render_id": f"row{number}", "size": 32 + 8 * number} for number in range(6)]
    answers = batch.attempts(assignments(manifest(*rows), tmp_path / "out"), STARTED)
    assert len(list(islice(answers, 1))) == 1
    answers.close()
    assert len(begun) <= 1 + 1 + batch.MOST_WAITING


@pytest.mark.usefixtures("cluster")
def test_a_process_that_dies_while_it_commits_leaves_each_row_rendered_once(manifest, tmp_path) -> None:
    dying = {**UNLIKE[3], "tags": {"fault": "crash"}}  # it comes second, after the largest
    out, options = tmp_path / "out", RunOptions(cpus_per_render=2, batch=8)

    summary = run_manifest(manifest(*UNLIKE[:3], dying), str(out), options, perform=faults.dies_committing)

    assert (summary.exit_code, summary.status.rendered) == (0, 4)
    assert verify(str(out)).is_good
    outcomes = {row: [attempt["outcome"] for attempt in record(out, row)["attempts"]] for row in "abcd"}
    assert outcomes.pop("c") == ["rendered"], "what was answered before is not tried again"
    assert outcomes == {row: ["worker", "rendered"] for row in "abd"}
