"""Renders on a GPU: the same each time, and near the CPU's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from semstyle.engine import Parameters, Request, render_batch, render_request
from semstyle.engine.inputs.resizing import resized
from semstyle.evaluate.judgement import judge

METHODS = ["semantic", "patch", "gram", "analogy", "color"]

pytestmark = pytest.mark.gpu


def parameters(method: str) -> Parameters:
    return Parameters(method=method, size=256, iterations=20, passes=1)


@pytest.fixture
def deterministic() -> Iterator[None]:
    """Operations that may differ from one time to the next raise."""
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same_image(
    method: str, gpu: torch.device, scene: dict[str, torch.Tensor], deterministic: None
) -> None:
    request = Request(**scene, parameters=parameters(method))
    images = [render_request(request, device=gpu).image for _ in range(3)]
    assert torch.equal(images[0], images[1]) and torch.equal(images[0], images[2])


@pytest.mark.parametrize("method", METHODS)
def test_losses_and_metrics_are_near_the_cpus(method: str, gpu: torch.device, scene: dict[str, torch.Tensor]) -> None:
    request = Request(**scene, parameters=parameters(method))
    there, here = render_request(request, device=gpu), render_request(request)
    assert there.trace[-1].loss == pytest.approx(here.trace[-1].loss, rel=0.1)
    seconds = [row.seconds for row in there.trace]
    assert seconds == sorted(seconds) and seconds[-1] > 0
    judged, expected = judge(request, here, gpu), judge(request, here)
    assert judged.keys() == expected.keys()
    for name in expected.keys() - {"judge_seconds"}:
        assert judged[name] == pytest.approx(expected[name], rel=0.01, abs=0.01), name


def test_side_by_side_each_is_nearly_as_alone(gpu: torch.device, scene: dict[str, torch.Tensor]) -> None:
    requests = [
        Request(**scene, parameters=Parameters(size=256, iterations=20, phases=1, seed=seed)) for seed in range(3)
    ]
    for together, request in zip(render_batch(requests, device=gpu), requests, strict=True):
        alone = render_request(request, device=gpu)
        assert together.trace[-1].loss == pytest.approx(alone.trace[-1].loss, rel=0.05)


def test_a_large_reduction_works(gpu: torch.device) -> None:
    image = torch.rand(3, 4096, 128, generator=torch.Generator().manual_seed(0))
    there, here = resized(image.to(gpu), (64, 64)).cpu(), resized(image, (64, 64))
    torch.testing.assert_close(there, here, rtol=1e-4, atol=1e-4)
