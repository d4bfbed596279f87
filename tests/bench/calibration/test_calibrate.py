"""A calibration of this machine, by few and tiny renders; how long they take is nobody's business here."""

from __future__ import annotations

import functools
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from semstyle.bench.calibration import around, calibrate, encoders
from semstyle.bench.calibration.plans import ANALOGIES, COLORS, OPTIMISED, TimedPlan
from semstyle.bench.calibration.renders import samples_of, timed_render
from semstyle.bench.device.request import counted_encoder
from semstyle.cost import Estimator, Shapes, rates_for
from semstyle.cost.built_in_rates import built_in
from semstyle.cost.quantity import Quantity
from semstyle.cost.rates import is_whole
from semstyle.engine import Parameters

CPU = torch.device("cpu")


def tiny(plans: tuple[TimedPlan, ...]) -> tuple[TimedPlan, ...]:
    return tuple(replace(plan, size=96) for plan in plans)


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate, "OPTIMISED", tiny((OPTIMISED[0], OPTIMISED[2], OPTIMISED[6])))
    monkeypatch.setattr(calibrate, "ANALOGIES", tiny(ANALOGIES[1:2]))
    monkeypatch.setattr(calibrate, "COLORS", tiny(COLORS[:1]))
    once = functools.cache(calibrate.begun)
    monkeypatch.setattr(calibrate, "begun", lambda kind, *size: once(kind))  # as a process takes seconds to start
    monkeypatch.setattr(calibrate, "LARGER_SIDES", {"cpu": 48})
    monkeypatch.setattr(encoders, "SIDES", {"cpu": (32, 48)})
    monkeypatch.setattr(around, "FILE_SIZES", ((60, 90),))
    monkeypatch.setattr(around, "OUTPUT_SIZES", (64,))
    monkeypatch.setattr(around, "MAP_SIZES", ((60, 90),))


def test_the_command_stores_whole_rates_that_estimates_go_by(quickly, monkeypatch, tmp_path: Path, capsys) -> None:
    from semstyle.commands.bench_calibrate import calibrate as command

    command(device="cpu", rates=tmp_path / "rates", as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert [row[0] for row in said["rows"]] == ["optimising", "analogy", "color", "loading, judging, storing", "maps"]
    rates = rates_for("cpu", tmp_path / "rates")
    assert rates.source == "measured" and is_whole(rates) and rates.measured_at is not None
    assert rates.start_seconds > 0 and rates.memory.base > 10**8
    for name in ("compact", "vgg19"):
        by_layer = list(rates.encoders[name].pixel_seconds.values())
        assert by_layer == sorted(by_layer), "a deeper layer takes no less"
    assert rates.encoders["compact"].widths == (16, 32, 64, 128, 128)
    shapes = Shapes(((60, 90),), (60, 90), (60, 90), has_maps=True)
    estimator = Estimator(rates)
    for method in ("semantic", "gram", "analogy", "color"):
        estimate = estimator.estimate(Parameters(method=method, size=96), shapes)
        assert min(estimate.load, estimate.render, estimate.judge, estimate.store) > 0, method


def test_samples_are_of_each_phase_and_of_both_kinds_of_evaluation() -> None:
    timed = timed_render(OPTIMISED[2].request(), counted_encoder("compact"), CPU)
    samples = list(samples_of(timed, built_in("cpu").encoders["compact"]))
    rendered = [sample for sample in samples if sample.work[Quantity.RENDER]]
    begun = [sample for sample in samples if sample.work[Quantity.PHASE]]
    assert len(rendered) == 1 and len(begun) == len(timed.phases) >= 2
    kept = [sample for sample in samples if not sample.work[Quantity.MATCH]]
    assert kept and all(sample.work[Quantity.EVALUATION] == 1 and sample.seconds > 0 for sample in samples)
    spent = sum(seconds for phase in timed.phases for _, seconds in timed.of_phase(phase.number))
    assert spent == pytest.approx(timed.marks[-1].seconds - timed.marks[0].seconds)


def test_memory_rates_give_back_what_two_processes_took() -> None:
    rates = built_in("cpu")
    found = calibrate.memory_rates(rates, rates.encoders, 512, 1e9, 1.7e9)
    assert found.base == 1e9
    counted = calibrate.memory_rates(rates, rates.encoders, 512, 1e9, 2.4e9)
    assert counted.element == pytest.approx(2 * found.element) and counted.pixel == pytest.approx(2 * found.pixel)
