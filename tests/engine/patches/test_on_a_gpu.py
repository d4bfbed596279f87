"""What a rematch asks of a GPU, by tensors that have no memory: few launches, and the host waits for none of them.

Under fake tensors whatever needs a value on the host raises: ``item``, ``tolist``, ``nonzero``, a mask as an index.
"""

from __future__ import annotations

import pytest
import torch
from counted_operations import CountedOperations
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from semstyle.engine.optimised.losses import StyleLoss
from semstyle.engine.patches import continuation
from semstyle.engine.patches.continuation import one_pass
from semstyle.engine.patches.matching import Matches
from semstyle.engine.patches.pool import PatchPool, PatchSource, augmented
from semstyle.engine.patches.vote import Ballot, vote

CHANNELS, MAP_CHANNELS, SIDE = 64, 4, 128


def style_loss(sides: list[int], coherence: float = 5, variety: float = 1) -> StyleLoss:
    """The loss of layer 3_1 of an image of 512 pixels."""
    sources = [
        PatchSource(
            torch.empty(CHANNELS, side, side, device="cuda"),
            torch.empty(MAP_CHANNELS, side, side, device="cuda"),
            fair_uses=torch.empty(side - 2, side - 2, device="cuda"),
        )
        for side in sides
    ]
    return StyleLoss(sources, torch.empty(MAP_CHANNELS, SIDE, SIDE, device="cuda"), 3, coherence, variety)


@pytest.mark.parametrize("sides", [[SIDE], [SIDE, 100]])
def test_no_rematch_waits_for_the_device(sides: list[int]) -> None:
    with FakeTensorMode():
        loss = style_loss(sides)
        features = torch.empty(CHANNELS, SIDE, SIDE, device="cuda")
        loss.rematch(features)
        with CountedOperations() as counted:
            loss.rematch(features)
            loss(features)
        assert loss.match_score.device.type == "cuda"
    assert counted.crossings == []


def test_what_needs_a_value_on_the_host_would_raise() -> None:
    with FakeTensorMode(), pytest.raises(DataDependentOutputException):
        torch.empty(3, device="cuda").sum().item()


def test_a_copy_to_the_device_would_be_seen() -> None:
    with FakeTensorMode(), CountedOperations() as counted:
        torch.tensor([1, 2], device="cuda")
        torch.ones(2, device="cuda") * 2
    assert counted.crossings == ["aten::_to_copy"]


def test_a_pass_of_continuation_takes_few_launches() -> None:
    """By neighbours and pixels, one after another, they were more than a thousand."""
    with FakeTensorMode():
        pool = PatchPool([PatchSource(torch.empty(CHANNELS, SIDE, SIDE, device="cuda"))], 3)
        style = pool.style_patches(pool.weights, CHANNELS)
        target = augmented(torch.empty(CHANNELS, SIDE, SIDE, device="cuda"), None)
        shape = SIDE - 2, SIDE - 2
        matches = Matches(torch.empty(shape, dtype=torch.int64, device="cuda"), torch.empty(shape, device="cuda"))
        one_pass(matches, target, style, 0.1)
        with CountedOperations() as counted:
            one_pass(matches, target, style, 0.1)
    assert counted.launches <= 64


@pytest.mark.parametrize(("height", "width"), [(400, 600), (40, 6000)])
def test_a_pass_of_continuation_makes_no_larger_tensors_for_a_larger_image(height: int, width: int) -> None:
    with FakeTensorMode():
        pool = PatchPool([PatchSource(torch.empty(256, height, width, device="cuda"))], 3)
        style = pool.style_patches(pool.weights, 256)
        target = augmented(torch.empty(256, height, width, device="cuda"), None)
        shape = height - 2, width - 2
        matches = Matches(torch.empty(shape, dtype=torch.int64, device="cuda"), torch.empty(shape, device="cuda"))
        with CountedOperations() as counted:
            one_pass(matches, target, style, 0.1)
    assert counted.largest <= continuation.CUDA_BLOCK + 2 * 256 * height * width


def test_a_vote_takes_few_launches() -> None:
    with FakeTensorMode():
        ballot = Ballot.of([torch.empty(CHANNELS, SIDE, SIDE, device="cuda")], 3)
        index = torch.empty(SIDE - 2, SIDE - 2, dtype=torch.int64, device="cuda")
        with CountedOperations() as counted:
            vote(index, ballot, 3)
    assert counted.launches <= 26
    assert counted.crossings == []
