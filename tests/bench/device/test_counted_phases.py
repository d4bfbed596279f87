"""What the phases of a render ask of a device is counted on the device's own path, and agrees with the floor."""

from __future__ import annotations

import pytest
import torch

from semstyle.bench.device import phases as phases_module
from semstyle.bench.device.counting import OperationCounter
from semstyle.bench.device.peaks import GPUS
from semstyle.bench.device.phases import GRADIENT, OPTIMISER, PARTS, Evaluations, PhaseWork, phase_works, timed
from semstyle.bench.device.request import counted_encoder, counted_request
from semstyle.bench.device.table import COLUMNS, device_table
from semstyle.bench.floor import encoder_operations, gram_operations, work_of
from semstyle.bench.machine import CPU
from semstyle.engine import Encoder, StyleFeatures
from semstyle.engine.inputs.phases import rematch_schedule
from semstyle.engine.inputs.scene import Scene
from semstyle.engine.optimised.objective import Objective, objective_of

ENCODER = Encoder((4, 4, 8, 8, 8), "5_1").requires_grad_(False)
REQUEST = counted_request(64, 7, 1)
SCENE = Scene(REQUEST, CPU)


@pytest.fixture(scope="module")
def work() -> PhaseWork:
    (work,) = phase_works(REQUEST, ENCODER)
    return work


@pytest.fixture(scope="module")
def objective() -> Objective:
    return objective_of(SCENE, SCENE.phases[0], ENCODER, StyleFeatures(0))


def test_a_phase_is_counted_as_a_device_would_do_it(work: PhaseWork, objective: Objective) -> None:
    evaluation, search = work.steps
    assert work.canvas == (72, 72)
    assert evaluation.parts[GRADIENT].flop == encoder_operations(objective, ENCODER, work.canvas)
    pixels = 3 * 72 * 72
    assert evaluation.parts[OPTIMISER].flop == 2 * (2 * 10) * 2 * pixels, "ten pairs with a gradient and a change"
    assert search.counts.flop == gram_operations(objective, work.canvas)
    assert {"nearest patches", "continuation", "votes"} <= search.parts.keys(), "torch's own, and no compiled passes"
    for step in work.steps:
        assert sum(part.operations for part in step.parts.values()) == step.counts.operations > 100
        assert sum(part.bytes for part in step.parts.values()) == step.counts.bytes
    schedule = list(rematch_schedule(SCENE.phases[0], SCENE.phases[0], SCENE.parameters))
    assert (evaluation.times, search.times) == (7, sum(schedule))
    assert evaluation.total.operations == 7 * evaluation.counts.operations


def test_an_evaluation_asks_for_as_much_where_it_is_really_made(work: PhaseWork, objective: Objective) -> None:
    evaluations = Evaluations(objective, torch.rand(3, *work.canvas), SCENE.parameters)
    with OperationCounter(CPU, PARTS) as counter:
        evaluations.make()
    evaluation = work.steps[0]
    assert counter.total.flop == evaluation.counts.flop
    assert counter.counts[OPTIMISER] == evaluation.parts[OPTIMISER], "the encoder's padding is not the same there"


def test_where_there_is_a_device_it_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation, search = timed(REQUEST, 0, ENCODER, CPU)
    assert evaluation > 0 and search >= 0
    monkeypatch.setattr(phases_module, "timed", lambda *given: (2e-3, 3e-3))
    works = list(phase_works(REQUEST, ENCODER, CPU))
    table = device_table(works, work_of(REQUEST, ENCODER), GPUS["H100"], "M")
    assert table.columns[-1] == "measured ms"
    assert table.figures["measured, seconds"] == 7 * 2e-3 + works[0].steps[1].times * 3e-3


def test_the_table_adds_up(work: PhaseWork) -> None:
    table = device_table([work], work_of(REQUEST, ENCODER), GPUS["A100"], "semstyle bench device")
    assert table.columns == COLUMNS and {len(row) for row in table.rows} == {len(COLUMNS)}
    operations = sum(step.total.operations for step in work.steps)
    assert table.rows[-2][1:4] == ("a render", "1", f"{operations:,}")
    least = table.figures["least on A100 by arithmetic, seconds"]
    assert least * (1 + 1e-9) >= operations * 5e-6 >= table.figures["floor on A100 by arithmetic, seconds"] > 0
    captured = table.figures["captured on A100 by arithmetic, seconds"]
    assert least > captured >= operations * 1e-6 * (1 - 1e-9)
    assert f"takes {least:.2f} s at least, and {captured:.2f} s if" in table.note
    assert "without asking a device" in table.note


def test_vgg19_is_counted_at_its_full_width_without_its_weights() -> None:
    encoder = counted_encoder("vgg19")
    assert [encoder.convolutions[layer].out_channels for layer in ("1_1", "2_1", "3_1", "4_1")] == [64, 128, 256, 512]
    assert len(counted_encoder("compact").layers) > 8
