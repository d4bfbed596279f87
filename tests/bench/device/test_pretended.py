"""Copies on a device that is not there have shapes and no values, and hold together as what they are copies of."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from semstyle.bench.device.pretended import PretendedDevice
from semstyle.engine import Encoder
from semstyle.engine.patches.matching import Matches


class Pair(NamedTuple):
    first: Tensor
    second: int


def test_tensors_keep_shape_strides_and_type() -> None:
    tensor = torch.ones(3, 4, dtype=torch.int64).t()
    moved = PretendedDevice().holding(tensor)
    assert moved.is_meta and not moved.is_cpu
    assert (moved.shape, moved.stride(), moved.dtype) == (tensor.shape, tensor.stride(), tensor.dtype)


def test_what_is_held_twice_is_one_thing() -> None:
    tensor = torch.ones(2)
    matches = Matches(tensor, tensor)
    device = PretendedDevice()
    moved = device.holding({"a": [matches, Pair(tensor, 3)], "b": (matches, None)})
    assert moved["a"][0] is moved["b"][0] and type(moved["a"][0]) is Matches
    assert moved["a"][0].index is moved["a"][1].first is device.holding(tensor)
    assert moved["a"][1].second == 3 and moved["b"][1] is None
    assert matches.index is tensor and not tensor.is_meta, "what was given stays as it is"


def test_a_network_is_moved_as_a_whole() -> None:
    encoder = Encoder((4, 4, 4, 4, 4), "2_1").requires_grad_(False)
    moved = PretendedDevice().holding(encoder)
    features = moved(torch.empty(1, 3, 16, 16, device="meta"), ["2_1"])
    assert features["2_1"].is_meta and features["2_1"].shape == (1, 4, 8, 8)
    assert not any(weight.is_meta for weight in encoder.parameters())
