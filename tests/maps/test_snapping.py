"""Every pixel of a blurred map in one of a few colours; where the right one is known, compared with it."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from painting import EYE, SCENE, WAYS, as_map, doodle, file_of, jpeg, palette, scene, spoiled, wrong
from PIL import Image, ImageDraw, ImageFilter

from semstyle.maps import read_map
from semstyle.maps.painted import snapping
from semstyle.maps.painted.cleaning import clean_map
from semstyle.maps.painted.colors import SAME
from semstyle.maps.painted.labels import find_labels
from semstyle.maps.painted.snapping import nearest, snapped

BLACK, GREY, WHITE = 0, 128, 255
GREYS = np.array([[BLACK], [GREY], [WHITE]], np.float32) / 255


def black_white_and_grey(scale: int = 1) -> Image.Image:
    """A white disc on black, and apart from both a grey band, whose colour the disc's edge passes through."""
    image = Image.new("L", (480 * scale, 360 * scale), BLACK)
    draw = ImageDraw.Draw(image)
    draw.ellipse((30 * scale, 30 * scale, 300 * scale - 1, 330 * scale - 1), WHITE)
    draw.rectangle((380 * scale, 0, 480 * scale, 360 * scale), GREY)
    return image


def values_of(image: Image.Image) -> np.ndarray:
    return np.asarray(as_map(image).values)


@pytest.mark.parametrize("soft", [0, 1.5, 4, 8])
def test_a_grey_edge_between_black_and_white_is_no_grey_label(soft: float) -> None:
    image = black_white_and_grey(4).resize((480, 360), Image.Resampling.BOX)
    image = image.filter(ImageFilter.GaussianBlur(soft)) if soft else image
    values = values_of(image)
    assert ((values[:, :, :340] * 255).round() == GREY).any(), "some of the edge is of the very grey"
    numbers = snapped(values, GREYS)
    truth = np.searchsorted([64, 192], np.asarray(black_white_and_grey()), side="right")
    assert (numbers[:, :340] == 1).sum() < 0.0003 * numbers.size
    assert (numbers[:, 400:] == 1).all()
    assert (numbers != truth).mean() < 0.004


@pytest.mark.parametrize("quality", [50, 75, 95])
def test_a_jpegs_noise_is_no_label(quality: int) -> None:
    truth = black_white_and_grey().convert("RGB")
    cleaned = clean_map(jpeg(truth, quality), [as_map(truth)])
    assert wrong(cleaned.image, truth) < 0.003


def test_a_line_too_thin_to_be_flat_stays() -> None:
    drawn = scene()
    ImageDraw.Draw(drawn).line((100, 20, 260, 140), EYE, 2)
    smooth = drawn.resize((1024, 768), Image.Resampling.NEAREST).resize((512, 384), Image.Resampling.BICUBIC)
    for spoiled_map in (as_map(drawn), as_map(smooth)):
        cleaned = np.asarray(clean_map(spoiled_map, [as_map(drawn)]).image)
        line = (np.asarray(drawn) == EYE).all(2)
        line[180:] = False
        assert (cleaned[line] == EYE).all(1).mean() > 0.9


def test_mixing_in_linear_light_is_mixing() -> None:
    """Red over green by a soft brush passes through a yellow that is far from the line between them, and a label."""
    red, green, yellow = (220, 30, 30), (30, 180, 40), (165, 135, 35)
    share = np.asarray(black_white_and_grey().filter(ImageFilter.GaussianBlur(4)), np.float64)[:, :340, None] / 255
    light = share * (np.array(red) / 255) ** 2.2 + (1 - share) * (np.array(green) / 255) ** 2.2
    mixed = np.full((360, 480, 3), yellow, np.uint8)
    mixed[:, :340] = (light ** (1 / 2.2) * 255).round()
    colors = np.array([red, green, yellow], np.float32) / 255
    numbers = snapped(values_of(Image.fromarray(mixed)), colors)
    assert (numbers[:, :338] == 2).mean() < 0.001
    assert (numbers[:, 345:] == 2).all()


def test_large_maps_are_snapped_by_tiles_as_the_whole_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    colors = np.array(SCENE, np.float32) / 255
    values = values_of(scene((1400, 1040), soft=4))
    whole = snapped(values, colors)
    monkeypatch.setattr(snapping, "TILE", 300)
    assert np.array_equal(snapped(values, colors), whole)
    truth, _ = nearest(values_of(scene((1400, 1040))), colors)
    assert (whole != truth).mean() < 0.002


@settings(max_examples=24)
@given(st.integers(0, 10**6), st.sampled_from(WAYS))
def test_whatever_was_painted_and_however_it_was_spoiled(seed: int, way: str) -> None:
    chance = random.Random(seed)
    size = (chance.randint(160, 260), chance.randint(160, 260))
    colors = palette(chance, chance.randint(2, 7))
    style, truth = doodle(random.Random(seed + 1), size, colors), doodle(random.Random(seed), size, colors)
    style_map, true_map = as_map(style, "style.png"), as_map(truth, "truth.png")
    target = read_map(spoiled(way, chance, seed, size, colors), "target")

    found = find_labels([style_map, target])
    assert not found.maps[0].is_blurred, "the clean one is not blamed"
    assert set(found.maps[0].names) <= set(found.names), "none of its labels is dropped"
    for value in found.values:  # a colour that only a JPEG has is a shade off
        assert np.abs(value * 255 - np.array(colors)).max(1).min() <= 4, "none is invented"

    cleaned = clean_map(target, [style_map, true_map])
    assert cleaned.image.size == size
    assert set(cleaned.shares) <= {"#" + bytes(color).hex() for color in colors}
    assert wrong(cleaned.image, truth) < nearest_alone(np.asarray(target.values), colors, truth) + 0.03
    again = clean_map(as_map(cleaned.image), [style_map, true_map])
    assert again.changed == 0 and file_of(again.image) == file_of(cleaned.image)


def nearest_alone(values: np.ndarray, colors: list[tuple[int, ...]], truth: Image.Image) -> float:
    """The part of pixels that would be wrong if each took the colour nearest to it."""
    levels = np.moveaxis(values * 255, 0, 2)
    chosen = np.square(levels[:, :, None] - np.array(colors)).sum(3).argmin(2)
    return wrong(Image.fromarray(np.array(colors, np.uint8)[chosen]), truth)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 90), st.integers(1, 90))
def test_a_hard_map_stays_as_it_is(seed: int, width: int, height: int) -> None:
    chance = np.random.default_rng(seed)
    colors = chance.integers(0, 256, (5, 3))
    rows = chance.integers(0, 5, (height, width))
    values = np.moveaxis(colors[rows], 2, 0).astype(np.float32) / 255
    numbers = snapped(values, colors.astype(np.float32) / 255)
    assert np.abs(np.moveaxis(colors[numbers], 2, 0) / 255 - values).max() <= SAME
