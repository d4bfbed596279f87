"""The encoder's own arithmetic, on small random weights."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from semstyle.engine.encoders.encoder import Encoder
from semstyle.engine.layers import LAYERS
from semstyle.errors import InputError

WIDTHS = (4, 6, 8, 10, 12)


@pytest.fixture
def image() -> torch.Tensor:
    return torch.rand(2, 3, 37, 50, generator=torch.Generator().manual_seed(0))


def encoder(**options: object) -> Encoder:
    torch.manual_seed(1)
    return Encoder(WIDTHS, "5_1", **options).requires_grad_(False)  # type: ignore[arg-type]


def test_each_tap_has_its_blocks_channels_and_halves_per_block(image: torch.Tensor) -> None:
    features = encoder()(image, ("1_1", "2_1", "3_1", "4_2", "5_1"))
    assert {layer: tuple(x.shape[1:]) for layer, x in features.items()} == {
        "1_1": (4, 37, 50),
        "2_1": (6, 18, 25),
        "3_1": (8, 9, 12),
        "4_2": (10, 4, 6),
        "5_1": (12, 2, 3),
    }


def test_only_the_layers_asked_for_come_back_and_deeper_ones_are_not_computed(image: torch.Tensor) -> None:
    subject = encoder()
    del subject.convolutions["3_2"]
    assert set(subject(image, ("3_1", "1_2"))) == {"1_2", "3_1"}


def test_a_layer_it_does_not_have_is_named(image: torch.Tensor) -> None:
    with pytest.raises(InputError, match=r"no layer 5_4 .*; it has 1_1"):
        encoder()(image, ("5_4",))


def test_folding_a_normalisation_is_exact_up_to_the_border(image: torch.Tensor) -> None:
    matrix = torch.tensor([[2.0, 0.5, 0.0], [0.1, 3.0, -0.4], [0.0, 0.2, 4.0]])
    shift = torch.tensor([-1.0, 0.5, 2.0])
    normalised = torch.einsum("cd,ndhw->nchw", matrix, image) + shift[:, None, None]
    plain, folded = encoder(), encoder()
    folded.fold_normalization(matrix, shift)
    expected, got = plain(normalised, LAYERS[:13]), folded(image, LAYERS[:13])
    for layer in LAYERS[:13]:
        torch.testing.assert_close(got[layer], expected[layer], rtol=1e-4, atol=1e-5)


def test_folding_under_zero_padding_is_refused() -> None:
    with pytest.raises(ValueError, match="reflect"):
        encoder(padding="zeros").fold_normalization(torch.eye(3), torch.zeros(3))


@pytest.mark.parametrize("pooling", ["average", "max"])
def test_pooling_is_the_named_one_with_its_gain(image: torch.Tensor, pooling: str) -> None:
    subject = encoder(pooling=pooling, pooling_gain=2.0)
    features = subject(image, ("1_2", "2_1"))
    x = features["1_2"]
    pooled = 2 * F.avg_pool2d(x, 2) if pooling == "average" else F.max_pool2d(x, 2)
    expected = F.relu(subject.convolutions["2_1"](F.pad(pooled, (1, 1, 1, 1), mode="reflect")))
    torch.testing.assert_close(features["2_1"], expected)


def test_reflect_padding_leaves_no_frame_on_a_flat_image() -> None:
    flat = torch.full((1, 3, 16, 16), 0.6)
    features = encoder()(flat, ("3_1",))["3_1"]
    torch.testing.assert_close(features, features[:, :, 1:2, 1:2].expand_as(features))
    framed = encoder(padding="zeros")(flat, ("3_1",))["3_1"]
    assert (framed[:, :, 0] - framed[:, :, 2]).abs().max() > 1e-3
