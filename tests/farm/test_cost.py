"""What a render should take, beside what renders were measured to take."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from semstyle.engine import Parameters
from semstyle.farm.cost import START, estimated_seconds
from semstyle.farm.demand import Demand
from semstyle.manifest import Position, Row

CPU, GPU = Demand(0, 1), Demand(1, 1)
MEASURED = [
    ({"size": 128, "iterations": 25}, 0.3),
    ({"size": 256, "iterations": 25}, 1.7),
    ({"size": 512, "iterations": 25}, 7.1),
    ({"size": 1024, "iterations": 25}, 63.2),
    ({"size": 2048, "iterations": 3}, 198.7),
    ({"size": 512}, 21.3),
    ({"size": 512, "rematch": "every"}, 34.3),
    ({"size": 512, "encoder": "vgg19"}, 15 * 21.3),
    ({"size": 512, "method": "analogy"}, 4.0),
    ({"size": 512, "method": "color"}, 0.5),
]
"""Parameters, and seconds on two threads of a good CPU, from docs/benchmarks.md and docs/methods."""


def row(styles: int = 1, asked: str | None = None, **parameters: object) -> Row:
    names, maps = tuple(f"{number}.png" for number in range(styles)), (asked,) if asked else None
    return Row(names, maps, asked, "c.png", Parameters(**parameters), {}, "x", Position("m", 1))


@pytest.mark.parametrize(("parameters", "seconds"), MEASURED, ids=str)
def test_it_is_well_over_what_was_measured_and_no_hundred_times_as_long(parameters, seconds):
    estimate = estimated_seconds(row(**parameters), CPU) - START
    assert 2 * seconds < estimate + START < 20 * seconds + 4 * START


MORE = [
    {"size": 1024},
    {"iterations": 200},
    {"encoder": "vgg19"},
    {"encoder": "s3://bucket/weights.safetensors"},
    {"style_layers": "1_1,3_1"},
    {"rotations": "0,15,-15"},
    {"scales": "1,2"},
    {"rematch": "every"},
]


@pytest.mark.parametrize("more", MORE, ids=str)
def test_what_takes_longer_is_estimated_so(more):
    assert estimated_seconds(row(**more), CPU) > estimated_seconds(row(), CPU)


def test_styles_made_maps_and_devices_count():
    plain = estimated_seconds(row(), CPU)
    assert estimated_seconds(row(styles=4), CPU) > plain < estimated_seconds(row(asked="auto"), CPU)
    large = row(size=2048)
    assert estimated_seconds(large, GPU) < estimated_seconds(large, replace(GPU, gpus=0.25))
    assert estimated_seconds(large, replace(GPU, gpus=0.25)) < estimated_seconds(large, CPU)
    assert estimated_seconds(large, Demand(2, 1)) == estimated_seconds(large, GPU)


@pytest.mark.parametrize("parameters", [{"size": 32, "phases": 8}, {"size": 8192}, {"iterations": 10_000}], ids=str)
@pytest.mark.parametrize("method", ["semantic", "patch", "gram", "analogy", "color"])
def test_every_method_has_an_estimate_at_any_size(method, parameters):
    assert START <= estimated_seconds(row(method=method, **parameters), CPU) < 1e9


def test_it_needs_no_torch():
    check = "import semstyle.farm.cost, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check]).returncode == 0
