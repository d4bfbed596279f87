"""Styles are remembered by content, size and layers, and never beyond the limit."""

from __future__ import annotations

import pytest
import torch

from semstyle.engine import Encoder, StyleFeatures
from semstyle.engine.encoders.style_features import size_of
from semstyle.engine.inputs.views import View

STYLE = torch.rand(3, 24, 32, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def encoder() -> Encoder:
    torch.manual_seed(0)
    return Encoder((4, 5, 6, 7, 7), "2_1").requires_grad_(False)


def test_the_same_content_size_and_layers_are_looked_up_and_others_are_not(encoder: Encoder) -> None:
    features = StyleFeatures(10**7)
    first = features.of(encoder, STYLE, "a", View(0, (24, 32)), ("1_1", "2_1"))
    assert features.of(encoder, STYLE, "a", View(0, (24, 32)), ("1_1", "2_1")) is first
    features.of(encoder, STYLE, "b", View(0, (24, 32)), ("1_1", "2_1"))
    features.of(encoder, STYLE, "a", View(0, (12, 16)), ("1_1", "2_1"))
    features.of(encoder, STYLE, "a", View(0, (24, 32)), ("2_1",))
    features.of(Encoder((4, 5, 6, 7, 7), "2_1").requires_grad_(False), STYLE, "a", View(0, (24, 32)), ("1_1", "2_1"))
    assert features.hits == 1
    assert first["2_1"].shape == (5, 12, 16)


def test_the_oldest_is_forgotten_when_the_limit_is_reached(encoder: Encoder) -> None:
    one = size_of(StyleFeatures(0).of(encoder, STYLE, "a", View(0, (24, 32)), ("1_1",)))
    features = StyleFeatures(2 * one)
    for digest in ("a", "b", "a", "c"):
        features.of(encoder, STYLE, digest, View(0, (24, 32)), ("1_1",))
    assert features.bytes == 2 * one
    features.of(encoder, STYLE, "a", View(0, (24, 32)), ("1_1",))
    assert features.hits == 2
    features.of(encoder, STYLE, "b", View(0, (24, 32)), ("1_1",))
    assert features.hits == 2


def test_what_is_larger_than_the_limit_is_not_held(encoder: Encoder) -> None:
    features = StyleFeatures(100)
    features.of(encoder, STYLE, "a", View(0, (24, 32)), ("1_1",))
    assert features.bytes == 0
