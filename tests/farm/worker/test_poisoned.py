"""A device that fails for good: what is finished is kept, nothing more is tried on it, and its process ends."""

from __future__ import annotations

import subprocess
import sys

import pyarrow.parquet as pq
import pytest
import torch

from semstyle.engine import InputError
from semstyle.evaluate import judged
from semstyle.farm.attempt import Answer, Assignment, Committed, Failed, FailureClass, Started
from semstyle.farm.demand import Demand
from semstyle.farm.driver.fleet import Flight
from semstyle.farm.errors import GpuError
from semstyle.farm.worker import batch, render_attempt, task
from semstyle.manifest import read_rows

UNTRIED = Failed(FailureClass.WORKER, "not tried, as the device failed at another render of its batch", poisoned=True)
LOST = torch.AcceleratorError("CUDA error: an illegal memory access was encountered")


class Worker:
    """A worker's process, as far as it is one: it does its tasks here, and notes that it would have left."""

    def __init__(self, manifest, out) -> None:
        self._manifest, self._out = manifest, out
        self.has_left = False

    def do(self, rows: int) -> list[Answer]:
        """Render so many rows in one task."""
        path = self._manifest(*({"render_id": f"row{seed}", "seed": seed} for seed in range(rows)))
        assignments = [Assignment(row, str(self._out), "run", Demand(0, 1)) for row in read_rows(path)]
        return list(task.perform(*assignments))

    def images(self) -> list[str]:
        return sorted(path.stem for path in (self._out / "images").glob("*"))


@pytest.fixture(params=[False, True], ids=["in turn", "going on while one is committed"])
def worker(manifest, tmp_path, monkeypatch, request) -> Worker:
    process = Worker(manifest, tmp_path / "out")
    monkeypatch.setattr(batch, "goes_on", lambda assignments: request.param)
    monkeypatch.setattr(task, "node_id", lambda: "node")
    monkeypatch.setattr(task, "leave", lambda: setattr(process, "has_left", True))
    return process


def failing(*outcomes: Exception | None, real=None):
    """A function that raises these in turn, and is ``real`` where there is none, and after the last."""
    left = iter(outcomes)

    def call(*given, **named):
        if (error := next(left, None)) is not None:
            raise error
        return real(*given, **named)

    return call


def never(*given, **named):
    raise AssertionError("nothing more should be tried on this device")


def settled(rows: int, answers: list[Answer]) -> set[int]:
    """The places of the renders that have an outcome, as the driver sees it."""
    flight = Flight([Assignment(None, "out", "run", Demand(0, 1))] * rows, None)
    for answer in answers:
        flight.take(answer)
    return set(range(rows)) - set(flight.pending)


def test_an_image_whose_judging_loses_the_device_is_kept_and_the_process_ends(worker, tmp_path, monkeypatch):
    monkeypatch.setattr(judged, "judge", failing(LOST))
    _, committed = worker.do(1)
    assert isinstance(committed, Committed) and committed.poisoned and worker.has_left
    assert committed.remarks == (
        "stored without metrics: AcceleratorError: CUDA error: an illegal memory access was encountered",
    )
    assert worker.images() == ["row0"]
    metrics = dict(pq.read_table(tmp_path / "out" / "records" / "row0.parquet")["metrics"][0].as_py())
    assert "sharpness" not in metrics and "final_loss" in metrics


@pytest.mark.parametrize("error", [ZeroDivisionError("no metric today"), torch.OutOfMemoryError("CUDA out of memory.")])
def test_another_error_of_judging_leaves_the_process_as_it_is(worker, monkeypatch, error):
    monkeypatch.setattr(judged, "judge", failing(error))
    _, committed = worker.do(1)
    assert isinstance(committed, Committed) and not committed.poisoned and not worker.has_left


def test_a_batch_that_loses_the_device_is_not_tried_row_by_row_in_this_process(worker, monkeypatch):
    monkeypatch.setattr(batch, "render_batch", failing(LOST))
    monkeypatch.setattr(render_attempt, "render_request", never)
    started, *answers = worker.do(3)
    (failed,) = answers
    assert isinstance(started, Started) and isinstance(failed, Failed)
    assert (failed.kind, failed.number, failed.poisoned) == (FailureClass.WORKER, None, True)
    assert "illegal memory access" in failed.message and worker.has_left and worker.images() == []
    assert settled(3, answers) == {0, 1, 2}


def test_after_a_batch_without_enough_memory_a_device_that_is_lost_ends_its_rows(worker, monkeypatch):
    monkeypatch.setattr(batch, "render_batch", failing(torch.OutOfMemoryError("CUDA out of memory.")))
    real = render_attempt.render_request
    monkeypatch.setattr(render_attempt, "render_request", failing(None, LOST, AssertionError("not tried"), real=real))
    _, first, second, rest = worker.do(4)
    assert isinstance(first, Committed) and first.number == 0 and not first.poisoned
    assert isinstance(second, Failed) and (second.number, second.poisoned) == (1, True)
    assert rest == UNTRIED
    assert worker.has_left and settled(4, [first, second, rest]) == {0, 1, 2, 3}


def test_when_the_judging_of_one_loses_the_device_the_others_of_its_batch_are_not_tried(worker, monkeypatch):
    monkeypatch.setattr(judged, "judge", failing(None, LOST, AssertionError("not judged"), real=judged.judge))
    _, first, second, rest = worker.do(4)
    assert [answer.number for answer in (first, second)] == [0, 1]
    assert not first.poisoned and second.poisoned and worker.has_left
    assert rest == UNTRIED
    assert worker.images() == ["row0", "row1"]
    assert settled(4, [first, second, rest]) == {0, 1, 2, 3}


def test_a_device_that_is_lost_while_inputs_are_loaded_ends_its_batch(worker, monkeypatch):
    monkeypatch.setattr(batch, "load", failing(LOST))
    monkeypatch.setattr(batch, "render_batch", never)
    _, first, rest = worker.do(3)
    assert first.number == 0 and rest == UNTRIED and worker.has_left


def test_where_no_gpu_can_be_used_all_of_a_batch_are_told_so(worker, monkeypatch):
    monkeypatch.setattr(batch, "load", failing(GpuError("the driver is too old")))
    _, first, rest = worker.do(3)
    assert (first.kind, first.number) == (FailureClass.DEVICE, 0)
    assert (rest.kind, rest.number, rest.message) == (FailureClass.DEVICE, None, "the driver is too old")


def test_a_device_found_lost_after_a_row_of_bad_input_is_no_fault_of_the_others_input(worker, monkeypatch):
    monkeypatch.setattr(batch, "load", failing(InputError("not an image"), real=batch.load))
    monkeypatch.setattr(batch, "render_batch", failing(torch.OutOfMemoryError("CUDA out of memory.")))
    monkeypatch.setattr(render_attempt, "render_request", failing(InputError("not finite")))
    monkeypatch.setattr(render_attempt, "release_device_memory", failing(LOST))
    _, first, second, rest = worker.do(4)
    assert (first.kind, first.number, first.poisoned) == (FailureClass.INPUT, 0, False)
    assert (second.kind, second.number, second.poisoned) == (FailureClass.INPUT, 1, True)
    assert rest == UNTRIED and worker.has_left


def test_a_worker_says_where_it_is_before_it_loads_torch():
    program = """
import sys
from semstyle.farm.worker import task
task.node_id = lambda: "node"
from semstyle.farm.attempt import Assignment
from semstyle.farm.demand import Demand
print(next(task.perform(Assignment(None, "out", "run", Demand(0, 1)))).node, "torch" in sys.modules)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout.split() == ["node", "False"]
