"""The colours that a map was painted in, and whether it is blurred."""

from __future__ import annotations

import io

import numpy as np
import pytest
from painting import EYE, SCENE, as_map, file_of, jpeg, scene
from PIL import Image, ImageDraw

from semstyle.engine import InputError
from semstyle.maps import SemanticMap, read_map
from semstyle.maps.painted.colors import own_colors, painted_colors

NAMES = ["#" + bytes(color).hex() for color in SCENE]


def test_a_hard_map_has_its_colours_also_the_small_ones() -> None:
    found = own_colors(as_map(scene()))
    assert set(found.names) == set(NAMES) and found.names[0] == NAMES[0], "the most common first"
    assert found.between == 0 and not found.is_blurred and found.has_areas


def test_lines_of_one_pixel_are_colours_and_smoothed_edges_are_none() -> None:
    drawn = Image.new("RGB", (512, 384), (20, 60, 150))
    ImageDraw.Draw(drawn).ellipse((100, 60, 400, 330), (120, 190, 40))
    smooth = drawn.resize((256, 192), Image.Resampling.BOX)
    assert own_colors(as_map(smooth)).names == ("#143c96", "#78be28")
    assert not own_colors(as_map(smooth)).is_blurred
    for line in range(5):
        ImageDraw.Draw(smooth).line((10, 8 + 4 * line, 60, 8 + 4 * line), (255, 255, 255))
    assert set(own_colors(as_map(smooth)).names) == {"#143c96", "#78be28", "#ffffff"}


@pytest.mark.parametrize("quality", [50, 60, 70, 80, 90, 95])
@pytest.mark.parametrize("soft", [0, 3])
def test_a_jpeg_is_blurred_and_has_no_colours_beside_those_painted(quality: int, soft: float) -> None:
    found = own_colors(jpeg(scene(soft=soft), quality))
    assert found.is_blurred and 0.05 < found.between < 0.35
    for value in found.values:
        assert np.abs(value * 255 - np.array(SCENE)).max(1).min() <= 3, value * 255
    large = [color for color in SCENE if color != EYE][:4]
    for color in large:
        assert np.abs(found.values * 255 - np.array(color)).max(1).min() <= 3, color


@pytest.mark.parametrize("soft", [1, 2, 4, 8])
def test_a_soft_brush_is_blurred(soft: float) -> None:
    found = own_colors(as_map(scene(soft=soft)))
    assert found.is_blurred and set(found.names) <= set(NAMES)


def test_two_hard_colours_a_shade_apart_are_two() -> None:
    drawn = Image.new("RGB", (64, 48), (255, 0, 0))
    drawn.paste((254, 0, 0), (32, 0, 64, 48))
    assert set(own_colors(as_map(drawn)).names) == {"#ff0000", "#fe0000"}


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (8, 8), (40, 30)])
def test_tiny_maps_have_colours_too(size: tuple[int, int]) -> None:
    checks = np.indices((size[1], size[0])).sum(0) % 2 * 255
    found = own_colors(as_map(Image.fromarray(checks.astype(np.uint8))))
    assert found.has_areas and not found.is_blurred
    assert set(found.names) == {f"#{level:02x}" for level in np.unique(checks)}


def test_a_photograph_has_no_areas() -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 90, 3), np.uint8))
    assert not own_colors(as_map(noise)).has_areas
    with pytest.raises(
        InputError, match=r"^photo.png: no colour covers an area, only 0\.0% of it is flat; paint a map"
    ):
        painted_colors(as_map(noise, "photo.png"))


def test_grey_sixteen_bits_transparency_and_arrays() -> None:
    levels = np.zeros((40, 60), np.uint16)
    levels[:, 30:] = 40001
    assert own_colors(as_map(Image.fromarray(levels))).values.ravel() == pytest.approx([0, 40001 / 65535])
    clear = Image.new("RGBA", (60, 40), (255, 0, 0, 255))
    clear.paste((255, 0, 0, 0), (20, 0, 60, 40))
    assert own_colors(as_map(clear)).names == ("#ff000000", "#ff0000ff")
    file = io.BytesIO()
    np.save(file, np.repeat(levels[:, :, None] / 1e3, 2, 2))
    assert own_colors(read_map(file.getvalue(), "m.npy")).names == ("(0, 0)", "(40, 40)")


def test_a_large_map_is_looked_at_in_parts_and_has_the_same_colours() -> None:
    small, large = own_colors(as_map(scene(soft=2))), own_colors(as_map(scene((2048, 1536), soft=8)))
    assert set(small.names) == set(large.names)
    assert large.between == pytest.approx(small.between, rel=0.15)


def test_strips_read_from_any_file_do_not_depend_on_its_form() -> None:
    drawn = scene()
    png, webp = as_map(drawn), read_map(file_of(drawn, "WEBP", lossless=True), "m.webp")
    assert isinstance(png, SemanticMap)
    assert own_colors(png).names == own_colors(webp).names
