"""Whole renders on a GPU that is not there: nothing is mixed, and the host waits for it once a look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from claimed_device import CLAIMED, ClaimedDevice

from semstyle.engine import Parameters, Rendering, Request, render_batch, render_request, tracing
from semstyle.engine.encoders import bordering
from semstyle.engine.patches import matching
from semstyle.evaluate.judgement import judge

GENERATOR = torch.Generator().manual_seed(0)
STYLE, OTHER, CONTENT = (torch.rand(3, 48, 64, generator=GENERATOR) for _ in range(3))
STYLE_MAP = torch.zeros(3, 48, 64)
STYLE_MAP[0, :, 32:] = 1
TARGET_MAP = STYLE_MAP.flip(2)
SMALL = {"size": 64, "iterations": 3}

CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "semantic": ({"content": CONTENT}, {}),
    "semantic, doodle": ({}, {}),
    "several styles": ({"styles": [STYLE, OTHER], "style_maps": [STYLE_MAP, STYLE_MAP]}, {"style_shares": (1.0, 2.0)}),
    "turned and scaled": ({"content": CONTENT}, {"rotations": (0.0, 30.0), "scales": (1.0, 1.5)}),
    "labels": ({}, {"map_encoding": "labels"}),
    "raw": ({}, {"map_encoding": "raw"}),
    "bfloat16": ({}, {"precision": "bfloat16"}),
    "max pooling": ({}, {"pooling": "max"}),
    "paper": ({"content": CONTENT}, {"coherence": 0.0, "variety": 0.0, "detail_layers": "none", "rematch": "every"}),
    "preconditioned": ({}, {"precondition": "frequency"}),
    "colours kept": ({"content": CONTENT}, {"preserve_color": "content", "preserve": "photo"}),
    "regions of content": ({"content": CONTENT}, {"content_weights": ("#ff0000=2",)}),
    "from the content": ({"content": CONTENT}, {"init": "content"}),
    "patch": ({"content": CONTENT}, {"method": "patch"}),
    "gram": ({"content": CONTENT}, {"method": "gram"}),
    "analogy": ({}, {"method": "analogy", "passes": 1}),
    "color": ({"content": CONTENT}, {"method": "color"}),
}


def request_of(case: str, **parameters: Any) -> Request:
    inputs, changed = CASES[case]
    pictures = {"styles": STYLE, "style_maps": STYLE_MAP, "target_map": TARGET_MAP, **inputs}
    return Request(**pictures, parameters=Parameters(**{**SMALL, **changed, **parameters}))


class Event:
    """Stands for an event in a GPU's queue."""

    def __init__(self, **options: Any) -> None:
        pass

    def record(self) -> None:
        pass

    def elapsed_time(self, other: Event) -> float:
        return 0.0


@pytest.fixture
def claimed(monkeypatch: pytest.MonkeyPatch) -> Iterator[ClaimedDevice]:
    """The claimed device, with torch's calls to CUDA that are no operations on tensors left out."""
    monkeypatch.setattr(torch.cuda, "Event", Event)
    for name in ("empty_cache", "reset_peak_memory_stats"):
        monkeypatch.setattr(torch.cuda, name, lambda *device: None)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 0)
    monkeypatch.setattr(matching, "gpu_matcher", lambda device, patch_size: matching.match_by_bands)
    monkeypatch.setattr(bordering, "fuses", lambda device: False)
    with ClaimedDevice() as device:
        yield device


@pytest.mark.parametrize("case", CASES)
def test_every_render_works_there_and_comes_back(case: str, claimed: ClaimedDevice) -> None:
    request = request_of(case)
    rendering = render_request(request, device="cuda")
    assert not claimed.claims(rendering.image)
    assert rendering.image.isfinite().all()
    assert len(rendering.trace) == request.parameters.evaluations * len(request.phases)


@pytest.mark.parametrize("case", ["semantic", "paper", "gram", "analogy"])
def test_what_it_makes_is_what_the_cpu_makes(case: str, claimed: ClaimedDevice) -> None:
    there = render_request(request_of(case), device="cuda")
    with torch._C.DisableTorchFunction():
        here = render_request(request_of(case))
    assert (there.image - here.image).abs().max() < 0.02


@pytest.mark.parametrize("case", CASES)
def test_it_is_judged_there_as_on_a_cpu(case: str, claimed: ClaimedDevice) -> None:
    request = request_of(case)
    with torch._C.DisableTorchFunction():
        rendering: Rendering = render_request(request)
        here = judge(request, rendering)
    there = judge(request, rendering, CLAIMED)
    assert there.keys() == here.keys()
    for name in here.keys() - {"judge_seconds"}:
        assert there[name] == pytest.approx(here[name], rel=1e-3, abs=1e-3), name


@pytest.mark.parametrize("case", [case for case in CASES if case not in {"analogy", "color"}])
def test_the_host_waits_once_a_look(case: str, claimed: ClaimedDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four evaluations more are one look more in each phase."""
    monkeypatch.setattr(tracing, "CUDA_EVALUATIONS_PER_LOOK", 4)
    waits = []
    for iterations in (4, 8):
        before = len(claimed.waits)
        request = request_of(case, iterations=iterations, tolerance=0.0)
        render_request(request, device="cuda")
        waits.append(len(claimed.waits) - before)
    assert waits[1] - waits[0] == len(request.phases), claimed.waits


def test_images_side_by_side_wait_no_more_often_than_alone(
    claimed: ClaimedDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "CUDA_EVALUATIONS_PER_LOOK", 4)
    waits = []
    for iterations in (4, 8):
        before = len(claimed.waits)
        requests = [request_of("semantic", iterations=iterations, tolerance=0.0, seed=seed) for seed in (0, 1)]
        assert len(render_batch(requests, device="cuda")) == 2
        waits.append(len(claimed.waits) - before)
    assert waits[1] - waits[0] == 2 * len(requests[0].phases), claimed.waits


class TestTheClaimedDevice:
    """What these tests would not find would be found by none of the others."""

    def test_tensors_of_two_devices_raise(self, claimed: ClaimedDevice) -> None:
        with pytest.raises(RuntimeError, match="same device"):
            torch.ones(2, device="cuda") + torch.ones(2)
        assert torch.equal((torch.ones(2, device="cuda") + torch.tensor(1.0)).cpu(), torch.full((2,), 2.0))

    def test_a_cpus_tensor_indexed_by_a_gpus_raises(self, claimed: ClaimedDevice) -> None:
        with pytest.raises(RuntimeError, match="same device"):
            torch.arange(4)[torch.tensor([1], device="cuda")]

    def test_numpy_needs_a_copy_on_the_host(self, claimed: ClaimedDevice) -> None:
        with pytest.raises(TypeError, match="numpy"):
            torch.ones(2, device="cuda").numpy()

    @pytest.mark.parametrize("read", [lambda x: x.item(), float, bool, lambda x: x.tolist(), lambda x: x.cpu()])
    def test_reading_is_noted(self, read: Any, claimed: ClaimedDevice) -> None:
        read(torch.ones((), device="cuda"))
        assert len(claimed.waits) == 1

    def test_a_mask_as_an_index_is_noted(self, claimed: ClaimedDevice) -> None:
        x = torch.ones(3, device="cuda")
        x[x > 0]
        assert len(claimed.waits) == 1

    def test_moved_and_made_tensors_know_where_they_are(self, claimed: ClaimedDevice) -> None:
        x = torch.ones(3).to("cuda")
        assert x.is_cuda and x.device == CLAIMED and (x * 2)[0].view(1).is_cuda
        assert not x.cpu().is_cuda and not torch.ones(2).is_cuda
        assert torch.zeros_like(x).is_cuda and x.new_ones(2).is_cuda and torch.ones(2, device=x.device).is_cuda
