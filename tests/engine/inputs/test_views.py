"""Styles turned and scaled: quarter turns are exact, others hold the whole image and know where it ends."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from semstyle.engine.inputs.semantic_map import MapPair
from semstyle.engine.inputs.views import View, favours, turned, turned_size, views_of
from semstyle.engine.parameters import Parameters


def image(height: int, width: int) -> torch.Tensor:
    coarse = torch.rand(1, 3, 5, 5, generator=torch.Generator().manual_seed(0))
    return torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic").clamp(0, 1)[0]


def test_what_is_not_turned_is_the_same_tensor() -> None:
    style = image(20, 30)
    assert turned(style, 0, "bicubic") is style
    assert View(0, (20, 30)).outside("3_1") is None


@pytest.mark.parametrize("quarters", [1, 2, 3, -1])
def test_quarter_turns_are_exact_and_others_continue_them(quarters: int) -> None:
    style = image(24, 36)
    exact = turned(style, 90 * quarters, "bicubic")
    assert torch.equal(exact, torch.rot90(style, quarters, (1, 2)))
    nearly = turned(style, 90 * quarters + 0.01, "bilinear")
    assert nearly.shape == exact.shape
    assert (nearly - exact)[:, 2:-2, 2:-2].abs().max() < 0.01


@given(st.integers(8, 60), st.integers(8, 60), st.floats(-180, 180))
@settings(max_examples=100, deadline=None)
def test_a_turned_image_has_nothing_of_another_inside_its_border(height: int, width: int, degrees: float) -> None:
    view = View(0, (height, width), degrees)
    seen = turned(torch.ones(1, height, width), degrees, "bilinear")
    assert seen.shape[1:] == turned_size((height, width), degrees)
    outside = view.outside("1_1")
    if outside is not None:
        assert outside.shape == seen.shape[1:]
        inside = int((~outside).sum())
        assert abs(inside - height * width) <= 3 * (height + width)


def test_pixels_come_from_where_the_turn_says() -> None:
    style = torch.zeros(1, 41, 41)
    style[0, 20, 35] = 1  # 15 pixels to the right of the middle
    seen = turned(style, 30, "bilinear")[0]
    row, column = divmod(int(seen.argmax()), seen.shape[1])
    middle = (seen.shape[0] - 1) / 2
    assert column - middle == pytest.approx(15 * 0.866, abs=1)
    assert middle - row == pytest.approx(15 * 0.5, abs=1)


def test_a_feature_is_outside_when_one_of_its_pixels_is() -> None:
    view = View(0, (32, 48), 20)
    pixels, features = view.outside("1_1"), view.outside("3_1")
    assert pixels is not None and features is not None
    height, width = view.features_size("3_1")
    assert features.shape == (height, width)
    blocks = pixels[: height * 4, : width * 4].view(height, 4, width, 4)
    assert torch.equal(features, blocks.any(3).any(1))


def test_every_view_once_and_shares_as_favours() -> None:
    parameters = Parameters(rotations=(0, 90, 360), scales=(1, 0.5))
    views = views_of([(80, 120), (60, 60)], parameters, [3, 1])
    assert len(views) == 8
    assert {view.size for view in views} == {(80, 120), (40, 60), (60, 60), (30, 30)}
    assert {view.favour for view in views if view.style == 0} == {1.0}
    assert favours([1, 1]) == [1, 1]
    assert favours([1, 0.5])[1] == pytest.approx(0.933, abs=1e-3)


def test_a_map_is_turned_with_its_image() -> None:
    style_map = torch.zeros(1, 20, 30)
    style_map[:, :, :15] = 1
    maps = MapPair(style_map, torch.zeros(1, 4, 4), "raw")
    upright = maps.style_at(10, 15, View(0, (40, 60)))
    assert torch.equal(upright, maps.style_at(10, 15))
    quarter = maps.style_at(15, 10, View(0, (40, 60), 90.0))  # what was left is below
    assert quarter[0, :7].max() == 0
    assert quarter[0, 8:].min() == 1
