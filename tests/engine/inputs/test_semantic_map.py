from __future__ import annotations

import pytest
import torch

from semstyle.engine.inputs.semantic_map import MapPair, layer_weight, lift, mean_norm
from semstyle.errors import InputError


def colors(*values: tuple[float, ...]) -> torch.Tensor:
    """A map one pixel high: (M, 1, count)."""
    return torch.tensor(values).t()[:, None, :].contiguous()


def cosines(pair: MapPair, width: int) -> torch.Tensor:
    pixels = torch.nn.functional.normalize(pair.style_at(1, width)[:, 0], dim=0)
    return pixels.t() @ pixels


def test_black_is_visible_and_grey_is_not_white() -> None:
    maps = colors((0.0, 0.0, 0.0), (0.5, 0.5, 0.5), (1.0, 1.0, 1.0))
    cosine = cosines(MapPair(maps, maps, "color"), 3)
    torch.testing.assert_close(cosine.diagonal(), torch.ones(3))
    assert cosine[0, 1] == pytest.approx(float(cosine[1, 2]))
    assert cosine[0, 2] < cosine[0, 1] < 0.9


def test_a_nearer_color_has_a_larger_cosine() -> None:
    greys = [(value / 10,) * 3 for value in range(11)]
    cosine = cosines(MapPair(colors(*greys), colors(*greys), "color"), 11)
    for row, line in enumerate(cosine.tolist()):
        right = line[row:]
        assert right == sorted(right, reverse=True)


def test_lifted_colors_lie_on_one_sphere() -> None:
    maps = torch.rand(5, 9, 7, generator=torch.Generator().manual_seed(0))
    lifted = lift(maps, torch.full((5, 1, 1), 0.5), torch.tensor(2.0))
    torch.testing.assert_close(lifted.norm(dim=0), torch.full((9, 7), 2.0))


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
def test_any_number_of_channels_at_any_layer_size(channels: int) -> None:
    pair = MapPair(torch.rand(channels, 31, 17), torch.rand(channels, 8, 9), "color")
    assert pair.style_at(13, 11).shape == (channels + 1, 13, 11)
    assert pair.target_at(29, 5).shape == (channels + 1, 29, 5)


def test_labels_are_one_channel_per_color_of_both_maps() -> None:
    pair = MapPair(colors((1.0, 0, 0), (0, 1.0, 0)), colors((0, 1.0, 0), (0, 0, 1.0)), "labels")
    style, target = pair.style_at(1, 2)[:, 0], pair.target_at(1, 2)[:, 0]
    assert style.shape == (3, 2)
    assert float(style[:, 1] @ target[:, 0]) == 1
    assert float(style[:, 0] @ target.sum(1)) == 0


def test_too_many_labels_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(InputError, match="map_encoding color"):
        MapPair(torch.rand(3, 10, 10), torch.rand(3, 10, 10), "labels")


def test_different_channels_is_an_error() -> None:
    with pytest.raises(InputError, match="3 channels and the target's 1"):
        MapPair(torch.rand(3, 4, 4), torch.rand(1, 4, 4), "color")


def test_raw_maps_are_area_averages() -> None:
    pair = MapPair(torch.tensor([[[0.0, 1.0], [1.0, 0.0]]]), torch.zeros(1, 2, 2), "raw")
    assert pair.style_at(1, 1).item() == 0.5


def test_gamma_50_gives_the_map_the_norm_of_the_activations_and_scales_linearly() -> None:
    features, channels = torch.rand(16, 9, 9) * 37, torch.rand(4, 9, 9)
    for gamma, ratio in ((50, 1), (10, 0.2), (250, 5)):
        weighted = layer_weight(gamma, [features], [channels]) * channels
        assert float(mean_norm([weighted]) / mean_norm([features])) == pytest.approx(ratio)
