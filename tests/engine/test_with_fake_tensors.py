"""An evaluation of every kind on fake CUDA tensors, which have no values and follow CUDA's rules of shapes and types.

torch's fake tensors raise where tensors of two devices meet, where CUDA has no such operation, and where the host asks
for a value. What prepares a render reads values, and is on a CPU here; autograd asks a real GPU for its context, so
that the gradient is left out. Both are in test_on_a_claimed_device.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from counted_operations import CountedOperations
from test_on_a_claimed_device import CASES, request_of
from torch._subclasses.fake_tensor import FakeTensorMode

from semstyle.bench.device import pretended
from semstyle.bench.device.pretended import PretendedDevice
from semstyle.engine.encoders.encoder import Encoder
from semstyle.engine.encoders.loading import encoder_of
from semstyle.engine.encoders.style_features import StyleFeatures
from semstyle.engine.inputs.scene import Scene
from semstyle.engine.optimised.method import optimizer_of
from semstyle.engine.optimised.objective import Objective, objective_of
from semstyle.engine.parameters import Parameters
from semstyle.errors import InputError

CUDA = torch.device("cuda", 0)
NETWORK = Encoder((8, 8, 16, 16, 16), "3_2").requires_grad_(False)
OPTIMISED = [case for case in CASES if request_of(case).parameters.traits.optimises]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(pretended, "PRETENDED", CUDA)
    with FakeTensorMode(allow_non_fake_inputs=True):
        yield


def prepared(case: str) -> tuple[Objective, Parameters]:
    request = request_of(case)
    scene = Scene(request, torch.device("cpu"))
    encoder = encoder_of(request.parameters)
    return objective_of(scene, scene.phases[-1], encoder, StyleFeatures(0)), request.parameters


OBJECTIVES = {case: prepared(case) for case in OPTIMISED}


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("case", OPTIMISED)
def test_an_evaluation_stays_on_the_device(case: str, count: int, fake: None) -> None:
    on_cpu, parameters = OBJECTIVES[case]
    objective = PretendedDevice().holding(on_cpu)
    size = (56, 72)
    optimizers = [optimizer_of(torch.empty(3, *size, device=CUDA), parameters) for _ in range(count)]
    for evaluation in range(3):
        images = torch.stack([optimizer.propose() for optimizer in optimizers])
        features = objective.encoder(images, sorted(objective.layers))
        for number, optimizer in enumerate(optimizers):
            own = {layer: x[number] for layer, x in features.items()}
            terms = objective.losses(images[number], own, rematch=evaluation != 1)
            assert {term.device for term in terms} == {CUDA}
            assert {term.dtype for term in terms} == {torch.float32}
            optimizer.tell(terms.loss, torch.empty(3, *size, device=CUDA), 1.0)
            assert optimizer.image.device == optimizer.restarts.device == CUDA


@pytest.mark.parametrize("count", [1, 3])
def test_bias_relu_and_border_are_one_operation_there(count: int, fake: None) -> None:
    encoder = PretendedDevice().holding(NETWORK)
    with CountedOperations() as counted:
        features = encoder(torch.empty(count, 3, 32, 48, device=CUDA), ["1_1", "3_2"])
    assert {layer: x.shape for layer, x in features.items()} == {
        "1_1": (count, 8, 32, 48),
        "3_2": (count, 16, 8, 12),
    }
    own = {name: times for name, times in counted.counts.items() if name != "aten::clone"}  # of the image
    assert own == {"semstyle::pad": 6, "aten::convolution": 6, "aten::relu_": 3, "aten::avg_pool2d": 2}


def test_every_method_that_optimises_is_among_the_cases() -> None:
    assert {request_of(case).parameters.method for case in OPTIMISED} == {"semantic", "patch", "gram"}


def test_a_mixed_evaluation_would_raise(fake: None) -> None:
    objective = PretendedDevice().holding(OBJECTIVES["semantic"][0])
    with pytest.raises(RuntimeError, match="device"):
        objective.encoder(torch.empty(1, 3, 56, 72), ["3_1"])


@pytest.mark.parametrize(("width", "largest"), [(64, 5792), (16, 11584)])
def test_an_image_whose_layers_a_gpu_cannot_count_is_refused(width: int, largest: int, fake: None) -> None:
    encoder = PretendedDevice().holding(Encoder((width,) * 5, "1_1"))
    assert encoder(torch.empty(1, 3, largest - 4, largest - 4, device=CUDA), ["1_1"])["1_1"].shape[1] == width
    with pytest.raises(InputError, match=r"size: .* on a GPU"):
        encoder(torch.empty(1, 3, largest, largest, device=CUDA), ["1_1"])
