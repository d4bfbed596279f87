"""What a render should take, beside what is worked out by hand or counted by running it."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from known_rates import rates_of

from semstyle.cost import Estimator, Shapes, rates_for, shapes_of
from semstyle.cost.built_in_rates import built_in
from semstyle.cost.rates import is_whole
from semstyle.engine import Parameters, Request, render_request
from semstyle.engine.inputs.phases import rematch_schedule
from semstyle.engine.inputs.scene import Scene
from semstyle.manifest import Position, Row

SIZE = (64, 96)
PLAIN = Shapes((SIZE,), None, SIZE)
RICH = Shapes((SIZE,), SIZE, SIZE, has_maps=True)


def seconds(parameters: Parameters, shapes: Shapes = RICH, **rates: float) -> float:
    return Estimator(rates_of(**rates)).estimate(parameters, shapes).seconds


def request_of(parameters: Parameters, has_maps: bool) -> Request:
    maps = torch.zeros(3, *SIZE)
    maps[0, :, : SIZE[1] // 2] = 1
    picture = torch.rand(3, *SIZE, generator=torch.Generator().manual_seed(0))
    return Request(picture, maps if has_maps else None, maps if has_maps else None, picture, parameters)


@pytest.mark.parametrize("method", ["semantic", "gram", "analogy"])
def test_evaluations_and_passes_are_those_of_a_render(method: str) -> None:
    parameters = Parameters(method=method, size=96, phases=2, iterations=9, passes=2, tolerance=0)
    trace = render_request(request_of(parameters, True)).trace
    counted = seconds(parameters, **{"pass" if method == "analogy" else "evaluation": 1.0})
    assert counted == len(trace)


def test_matches_are_those_of_a_render_by_its_sizes() -> None:
    parameters = Parameters(size=96, phases=2, iterations=9, tolerance=0, detail_layers="none")
    request = request_of(parameters, False)
    trace = render_request(request).trace
    layers = len(parameters.style_layers)
    assert seconds(parameters, Shapes((SIZE,), SIZE, SIZE), match=1.0) == layers * sum(row.rematched for row in trace)
    phases = Scene(request, torch.device("cpu")).phases
    pairs = 0
    for phase in phases:
        margin = 8 if phase is phases[-1] else 0
        height, width = (side + margin for side in phase.output)
        style_height, style_width = phase.styles[0]
        per_match = sum(
            (height // step) * (width // step) * (style_height // step) * (style_width // step) for step in (4, 8)
        )
        pairs += per_match * sum(rematch_schedule(phase, phases[-1], parameters))
    assert seconds(parameters, Shapes((SIZE,), SIZE, SIZE), matched_pair=1.0) == pairs


def test_the_encoder_sees_all_pixels_of_all_evaluations() -> None:
    parameters = Parameters(size=96, phases=1, iterations=9, tolerance=0)
    assert seconds(parameters, encoder=3.0) == pytest.approx(9 * 3.0 * 2.0 * (64 + 8) * (96 + 8))
    assert seconds(parameters, style_encoder=1.0) == pytest.approx(2.0 * (64 * 96 + (64 + 8) * (96 + 8)))


MORE = [
    {"size": 1024},
    {"iterations": 200},
    {"encoder": "vgg19"},
    {"encoder": "s3://bucket/weights.safetensors"},
    {"style_layers": "1_1,3_1"},
    {"detail_layers": "1_1,2_1,2_2"},
    {"rotations": "0,15,-15"},
    {"scales": "1,2"},
    {"rematch": "every"},
    {"precondition": "frequency"},
    {"tolerance": 0},
]


@pytest.mark.parametrize("more", MORE, ids=str)
def test_what_takes_longer_is_estimated_so_by_the_built_in_rates(more: dict[str, object]) -> None:
    estimator = Estimator(built_in("cpu"))
    shapes = Shapes(((1000, 1500),), (1000, 1500), (1000, 1500), has_maps=True)
    assert estimator.estimate(Parameters(**more), shapes).seconds > estimator.estimate(Parameters(), shapes).seconds


def test_less_asked_of_a_render_is_less() -> None:
    estimator = Estimator(built_in("cpu"))
    full = estimator.estimate(Parameters(), RICH)
    assert seconds(Parameters(coherence=0), continued_patch=1.0) == 0 < seconds(Parameters(), continued_patch=1.0)
    assert estimator.estimate(Parameters(semantic_weight=0), RICH).seconds < full.seconds
    assert estimator.estimate(Parameters(), PLAIN).seconds < full.seconds
    made = Shapes((SIZE,), SIZE, SIZE, has_maps=True, made_maps=True)
    assert estimator.estimate(Parameters(), made).load > full.load + 0.1


@pytest.mark.parametrize("kind", ["cpu", "cuda"])
@pytest.mark.parametrize("parameters", [{"size": 32, "phases": 8}, {"size": 8192}, {"iterations": 10_000}], ids=str)
@pytest.mark.parametrize("method", ["semantic", "patch", "gram", "analogy", "color"])
def test_every_method_has_an_estimate_at_any_size(method, parameters, kind):
    estimate = Estimator(built_in(kind)).estimate(Parameters(method=method, **parameters), RICH)
    assert 0 < estimate.seconds < 1e8 and 1e8 < estimate.memory < 1e13


def test_images_that_are_too_small_cost_no_more_than_their_loading() -> None:
    tiny = Shapes(((4, 4),), None, (4, 4))
    estimate = Estimator(built_in("cpu")).estimate(Parameters(), tiny)
    assert estimate.output is None and estimate.seconds == estimate.load


def test_seeds_are_estimated_once_and_what_matters_is_not_mixed_up() -> None:
    estimator = Estimator(built_in("cpu"))
    first = estimator.estimate(Parameters(seed=1), RICH)
    assert estimator.estimate(Parameters(seed=2, style_weight=250), RICH) is first
    assert estimator.estimate(Parameters(seed=1, content_weight=0), RICH).seconds < first.seconds


def test_the_size_of_images_that_nobody_looked_at_is_a_photographs() -> None:
    row = Row(("a.png",), None, None, "c.png", Parameters(), {}, "x", Position("m", 1))
    assert shapes_of(row) == Shapes(((1000, 1500),), (1000, 1500), (1000, 1500))
    known = {"a.png": (10, 20), "c.png": (30, 40)}
    assert shapes_of(row, known.get) == Shapes(((10, 20),), (30, 40), (30, 40))


def test_the_memory_of_a_process_grows_with_what_it_holds() -> None:
    estimator = Estimator(built_in("cpu"))
    memory = [estimator.estimate(Parameters(size=size), RICH).memory for size in (128, 512, 2048)]
    assert memory == sorted(memory) and memory[2] > 2 * memory[0]
    assert estimator.estimate(Parameters(size=512, encoder="vgg19"), RICH).memory > memory[1]


CHINA, FLOWER, CHELSEA = (427, 640), (427, 640), (300, 451)
LAKE = Shapes((CHINA,), None, (400, 640), has_maps=True)
CAT = Shapes((FLOWER,), CHELSEA, CHELSEA, has_maps=True)


@pytest.mark.parametrize(("size", "shapes", "mebibytes"), [(640, LAKE, 1365), (512, CAT, 1184), (256, CAT, 1053)])
def test_a_worker_holds_no_more_than_it_is_told_to(size: int, shapes: Shapes, mebibytes: int) -> None:
    """Measured: what the worker processes of a run of the demo held at most, two side by side on two cores."""
    estimate = Estimator(built_in("cpu")).estimate(Parameters(size=size), shapes).memory / 2**20
    assert 0.97 * mebibytes < estimate < 1.2 * mebibytes


def test_built_in_rates_are_whole_and_say_that_they_are() -> None:
    for kind in ("cpu", "cuda"):
        rates = built_in(kind)
        assert is_whole(rates) and rates.words.startswith("built-in (")
    assert "not measured" in built_in("cuda").words


def test_it_needs_no_torch() -> None:
    check = "import semstyle.cost, sys; semstyle.cost.rates_for('cpu'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check]).returncode == 0


def test_what_nobody_measured_is_built_in(tmp_path) -> None:
    assert rates_for("cpu", tmp_path) == built_in("cpu")
