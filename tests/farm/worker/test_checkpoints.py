"""Renders that go on from the phase that an earlier attempt had finished."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import faults
import pyarrow.parquet as pq
import pytest
import torch

from semstyle.engine import Checkpoint, Evaluation, Parameters, Request, render
from semstyle.engine.inputs.phases import Phase
from semstyle.farm import RunOptions, repair, run_manifest, verify
from semstyle.farm.attempt import Assignment
from semstyle.farm.demand import Demand
from semstyle.farm.monitor.event_log import logged_to
from semstyle.farm.output.layout import checkpoint_path
from semstyle.farm.worker.checkpoints import Checkpoints, decode, encode
from semstyle.manifest import Row, read_rows
from semstyle.manifest.inputs import load_inputs

TWO_PHASES = {"size": 64, "phases": 2, "iterations": 4, "style_layers": "1_1,2_1", "content_layers": "2_1"}
AT_ONCE = RunOptions(cpus_per_render=1, checkpoint_after=0)
PHASES = [Phase(1, (24, 32), ((24, 32),)), Phase(2, (48, 64), ((48, 64),))]


def checkpoint() -> Checkpoint:
    losses = (0.1, math.nan, 1e-300)
    trace = [
        Evaluation(1, number, 24, 32, loss, 0.0, {"1_1": loss / 3}, 0.2, 0.3, 0.4, True, 0.1 * number)
        for number, loss in enumerate(losses, 1)
    ]
    return Checkpoint(1, torch.rand(3, 24, 32), trace, 12.3)


def record(out: Path, render_id: str = "row") -> dict:
    return pq.read_table(out / "records" / f"{render_id}.parquet").to_pylist()[0]


def metric(out: Path, name: str) -> float:
    return dict(record(out)["metrics"])[name]


def image(out: Path) -> bytes:
    return (out / "images" / "row.png").read_bytes()


def leave_checkpoint(path: str, out: Path) -> Checkpoint:
    """What an attempt at the manifest's first row stores when its first phase ends."""
    row = next(read_rows(path))
    assert isinstance(row, Row)
    request = Request(**load_inputs(row).as_dict(), parameters=row.parameters)
    kept: list[Checkpoint] = []
    render(request.styles, request.style_maps, request.target_map, parameters=row.parameters, on_phase=kept.append)
    assignment = Assignment(row, str(out), "run", Demand(0, 1), checkpoint_after=0)
    checkpoints = Checkpoints(assignment, request)
    checkpoints.store(kept[0])
    assert checkpoints.remarks == []
    return kept[0]


def test_a_checkpoint_comes_back_as_it_was():
    before = checkpoint()
    after = decode(encode(before, "key"), "key", PHASES, 3)
    assert torch.equal(after.image, before.image) and after.image.dtype == torch.float32
    assert repr(after.trace) == repr(before.trace)
    assert (after.phase, after.estimated_seconds) == (1, 12.3)


def test_matches_come_back_with_it_and_cannot_change_unnoticed():
    matches = torch.arange(30).view(5, 6)
    content = encode(dataclasses.replace(checkpoint(), matches=matches), "key")
    after = decode(content, "key", PHASES, 3).matches
    assert after is not None and torch.equal(after, matches)
    damaged = content.replace(matches.numpy().tobytes(), (matches + 1).numpy().tobytes())
    assert damaged != content
    with pytest.raises(ValueError, match="damaged"):
        decode(damaged, "key", PHASES, 3)


@pytest.mark.parametrize(
    ("changed", "key", "phases", "message"),
    [
        ({}, "another", PHASES, "other inputs or parameters"),
        ({"image": torch.rand(3, 32, 24)}, "key", PHASES, "damaged"),
        ({"phase": 2}, "key", PHASES, "damaged"),
        ({"trace": []}, "key", PHASES, "damaged"),
        ({}, "key", PHASES[1:], "damaged"),
    ],
)
def test_a_checkpoint_of_another_render_is_refused(changed, key, phases, message):
    content = encode(dataclasses.replace(checkpoint(), **changed), "key")
    with pytest.raises(ValueError, match=message):
        decode(content, key, phases, 3)


def test_no_byte_of_a_checkpoint_can_change_unnoticed():
    content = encode(checkpoint(), "key")
    for position in range(0, len(content), 97):
        damaged = bytearray(content)
        damaged[position] ^= 1
        with pytest.raises(Exception):  # noqa: B017 - safetensors' own errors, too
            decode(bytes(damaged), "key", PHASES, 3)


def test_a_checkpoint_belongs_to_inputs_parameters_and_version(manifest, tmp_path, monkeypatch):
    row = next(read_rows(manifest(TWO_PHASES)))
    assert isinstance(row, Row)

    def key(row: Row, style: torch.Tensor) -> str:
        return Checkpoints(Assignment(row, str(tmp_path), "run", Demand(0, 1)), Request(style)).key

    pixels = torch.zeros(3, 8, 8)
    same = key(row, pixels)
    assert key(dataclasses.replace(row, render_id="other", tags={"a": "b"}), pixels.clone()) == same
    assert key(row, pixels + 1e-7) != same
    assert key(dataclasses.replace(row, parameters=Parameters(seed=1)), pixels) != same
    monkeypatch.setattr("semstyle.farm.worker.checkpoints.__version__", "99")
    assert key(row, pixels) != same


def test_only_renders_that_are_estimated_to_take_long_store_theirs(manifest, tmp_path):
    row = next(read_rows(manifest(TWO_PHASES)))
    for after, stored in ((None, False), (12.4, False), (12.2, True)):
        assignment = Assignment(row, str(tmp_path), "run", Demand(0, 1), checkpoint_after=after)
        Checkpoints(assignment, Request(torch.zeros(3, 8, 8))).store(checkpoint())
        assert (tmp_path / checkpoint_path(row.render_id)).exists() == stored


@pytest.mark.usefixtures("cluster")
def test_after_a_kill_only_the_remaining_phases_are_made_and_the_image_is_the_same(manifest, tmp_path):
    path = manifest({"render_id": "row", **TWO_PHASES})
    out = tmp_path / "out"
    undisturbed = tmp_path / "undisturbed"
    assert run_manifest(path, str(undisturbed), AT_ONCE).exit_code == 0

    assert run_manifest(path, str(out), AT_ONCE, perform=faults.dies_after_a_phase).exit_code == 0

    assert [attempt["outcome"] for attempt in record(out)["attempts"]] == ["worker", "rendered"]
    assert (metric(undisturbed, "resumed_phases"), metric(out, "resumed_phases")) == (0, 1)
    assert image(out) == image(undisturbed)
    losses = [[row["loss"] for row in record(folder)["trace"]] for folder in (out, undisturbed)]
    assert losses[0] == losses[1]
    for folder in (out, undisturbed):
        assert not list((folder / "checkpoints").iterdir())
        assert verify(str(folder)).is_good


@pytest.mark.usefixtures("cluster")
def test_another_run_goes_on_from_what_a_driver_left_and_repeats_no_evaluation(manifest, tmp_path):
    path, out = manifest({"render_id": "row", **TWO_PHASES}), tmp_path / "out"
    left = leave_checkpoint(path, out)

    run_manifest(path, str(out), RunOptions(cpus_per_render=1))

    trace = record(out)["trace"]
    # The times at which the first phase's evaluations were made are the earlier attempt's.
    assert [row["seconds"] for row in trace[:4]] == [row.seconds for row in left.trace]
    assert len(trace) == 8 and metric(out, "resumed_phases") == 1
    assert not list((out / "checkpoints").iterdir())


@pytest.mark.usefixtures("cluster")
def test_a_row_with_a_checkpoint_goes_on_by_itself_in_a_run_of_batches(manifest, tmp_path):
    path = manifest({"render_id": "row", **TWO_PHASES}, {"render_id": "other", "seed": 1, **TWO_PHASES})
    out = tmp_path / "out"
    leave_checkpoint(path, out)

    run_manifest(path, str(out), RunOptions(cpus_per_render=2, batch=2))

    assert (metric(out, "resumed_phases"), metric(out, "batch")) == (1, 1)
    assert verify(str(out)).is_good


@pytest.mark.usefixtures("cluster")
def test_a_damaged_checkpoint_is_told_and_ignored(manifest, tmp_path):
    path, out, log = manifest({"render_id": "row", **TWO_PHASES}), tmp_path / "out", tmp_path / "log"
    leave_checkpoint(path, out)
    stored = out / checkpoint_path("row")
    stored.write_bytes(stored.read_bytes()[:-100])

    with logged_to(str(log)):
        assert run_manifest(path, str(out), RunOptions(cpus_per_render=1)).exit_code == 0

    assert metric(out, "resumed_phases") == 0
    assert not stored.exists()
    told = [json.loads(line) for line in log.read_text().splitlines()]
    (remark,) = [event for event in told if event["event"] == "attempt remarked"]
    assert (remark["render_id"], remark["message"]) == ("row", "checkpoint ignored: it is damaged")


@pytest.mark.usefixtures("cluster")
def test_quarantine_and_repair_leave_no_checkpoint(manifest, tmp_path):
    path, out = manifest({"render_id": "row", **TWO_PHASES}), tmp_path / "out"
    options = AT_ONCE.model_copy(update={"max_attempts": 1})
    assert run_manifest(path, str(out), options, perform=faults.dies_after_a_phase).exit_code == 3
    assert not list((out / "checkpoints").iterdir())

    leave_checkpoint(path, out)
    assert verify(str(out)).counts == {"leftover checkpoint": 1}
    assert repair(str(out)).to_render == 0
    assert verify(str(out)).is_good and not list((out / "checkpoints").iterdir())
