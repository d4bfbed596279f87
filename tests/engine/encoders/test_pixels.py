"""The encoder without a network."""

from __future__ import annotations

import pytest
import torch

from semstyle.engine import InputError, Parameters, encoder_of, load_encoder, render
from semstyle.engine.encoders.pixels import opponent_axes


def image(height: int, width: int) -> torch.Tensor:
    return torch.rand(3, height, width, generator=torch.Generator().manual_seed(0))


def test_features_are_the_image_turned_about_grey_and_averaged() -> None:
    x = image(32, 48)
    features = load_encoder("pixels")(x[None], ["1_1", "3_1", "4_2"])
    back = torch.einsum("oc,ohw->chw", opponent_axes(), features["1_1"][0]) + 0.5
    torch.testing.assert_close(back, x)
    torch.testing.assert_close(features["1_1"][0, 0], (x.mean(0) - 0.5) * 3**0.5)
    blocks = features["1_1"].view(1, 3, 8, 4, 12, 4).mean((3, 5))
    torch.testing.assert_close(features["3_1"], blocks)
    assert features["4_2"].shape == (1, 3, 4, 6)


def test_distances_are_those_of_rgb() -> None:
    one, other = image(8, 8), image(8, 8).flip(0)
    features = load_encoder("pixels")(torch.stack([one, other]), ["1_1"])["1_1"]
    torch.testing.assert_close((features[0] - features[1]).norm(), (one - other).norm())


@pytest.mark.parametrize("method", ["semantic", "patch", "gram"])
def test_optimised_methods_take_it(method: str) -> None:
    parameters = Parameters(method=method, encoder="pixels", size=64, phases=1, iterations=8, precision="bfloat16")
    trace = render(image(64, 64), content=image(64, 64).flip(1), parameters=parameters).trace
    assert trace[-1].loss < trace[0].loss


def test_methods_without_a_network_load_none() -> None:
    for method in ("analogy", "color"):
        assert encoder_of(Parameters(method=method, encoder="no such file")) is load_encoder("pixels")


def test_a_layer_that_an_encoder_lacks_is_an_input_error_that_names_it() -> None:
    parameters = Parameters(style_layers=("5_4",), size=64, phases=1, iterations=1)
    with pytest.raises(InputError, match=r"no layer 5_4 \(see style_layers"):
        render(image(64, 64), parameters=parameters)
