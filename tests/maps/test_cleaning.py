"""Blurred maps in flat colours again."""

from __future__ import annotations

import io

import numpy as np
import pytest
from painting import EYE, HILL, ROOF, SCENE, SEA, SKY, SUN, as_map, file_of, jpeg, scene, wrong
from PIL import Image

from semstyle.engine import InputError
from semstyle.maps import read_map
from semstyle.maps.painted.cleaning import Gone, clean_map
from semstyle.maps.painted.colors import own_colors

NAMES = {"#" + bytes(color).hex() for color in SCENE}


@pytest.mark.parametrize("quality", [50, 75, 90, 95])
def test_a_jpeg_is_what_it_was_before(quality: int) -> None:
    truth = scene(flip=True)
    cleaned = clean_map(jpeg(truth, quality), [as_map(scene())])
    assert wrong(cleaned.image, truth) < 0.002
    assert set(cleaned.shares) == NAMES and sum(cleaned.shares.values()) == pytest.approx(1)
    assert cleaned.changed > 0.6, "many a pixel was a shade off"
    assert cleaned.recolored < 0.1 and not cleaned.gone


@pytest.mark.parametrize("soft", [1, 2, 4, 8])
def test_soft_edges_are_hard_where_the_brush_was_half_there(soft: float) -> None:
    truth = scene(flip=True)
    cleaned = clean_map(as_map(scene(flip=True, soft=soft)), [as_map(scene())])
    assert wrong(cleaned.image, truth) < 0.002 * soft
    assert set(cleaned.shares) == NAMES


@pytest.mark.parametrize("resample", [Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS])
def test_maps_that_were_scaled_with_smoothing(resample: Image.Resampling) -> None:
    truth = scene()
    for scale in (0.5, 3):
        size = (round(512 * scale), round(384 * scale))
        cleaned = clean_map(as_map(truth.resize(size, resample)), [as_map(truth)])
        assert cleaned.image.size == size
        assert wrong(cleaned.image, scene(size)) < 0.006


def test_without_another_map_its_own_colours_are_found() -> None:
    cleaned = clean_map(as_map(scene(soft=3)))
    assert wrong(cleaned.image, scene()) < 0.01
    assert set(cleaned.shares) <= NAMES and len(cleaned.shares) >= 5
    assert own_colors(as_map(cleaned.image)).between == 0


def test_several_maps_lend_their_colours_together() -> None:
    others = [as_map(Image.new("RGB", (40, 30), color)) for color in SCENE]
    assert wrong(clean_map(as_map(scene(soft=1)), others).image, scene()) < 0.002


def test_grey_transparency_and_sixteen_bits_are_kept() -> None:
    grey = Image.new("L", (120, 90), 40)
    grey.paste(200, (60, 20, 110, 80))
    cleaned = clean_map(jpeg(grey, 60), [as_map(grey)])
    assert cleaned.image.mode == "L" and file_of(cleaned.image) == file_of(grey)

    clear = Image.new("RGBA", (120, 90), (*SKY, 255))
    clear.paste((*HILL, 120), (60, 20, 110, 80))
    blurred = clear.resize((60, 45)).resize((120, 90), Image.Resampling.BILINEAR)
    cleaned = clean_map(as_map(blurred), [as_map(clear)])
    assert cleaned.image.mode == "RGBA" and set(cleaned.shares) == {"#508cf0ff", "#78be2878"}
    assert (np.asarray(cleaned.image) != np.asarray(clear)).any(2).mean() < 0.03

    levels = np.full((90, 120), 1000, np.uint16)
    levels[:, 60:] = 40001
    fine = as_map(Image.fromarray(levels))
    assert np.array_equal(np.asarray(clean_map(fine).image), levels)


def test_an_alpha_that_says_nothing_is_no_obstacle() -> None:
    opaque = scene().convert("RGBA")
    cleaned = clean_map(as_map(opaque), [as_map(scene())])
    assert cleaned.image.mode == "RGB" and cleaned.changed == 0
    assert clean_map(jpeg(scene(), 80), [as_map(opaque)]).image.mode == "RGB"


def test_a_label_that_the_other_map_lacks_is_told() -> None:
    other = scene(colors=(SKY, SEA, SKY, ROOF, SUN, SKY))
    cleaned = clean_map(jpeg(scene(), 80), [as_map(other)])
    (gone,) = cleaned.gone
    assert isinstance(gone, Gone) and 0.1 < gone.part < 0.2
    assert np.abs(np.array(list(bytes.fromhex(gone.label[1:]))) - HILL).max() <= 3, "as the JPEG has it"
    distances = {"#" + bytes(color).hex(): np.linalg.norm(np.subtract(color, HILL)) for color in (SKY, SEA, ROOF, SUN)}
    assert gone.became == min(distances, key=lambda label: distances[label])
    assert not {"#" + bytes(color).hex() for color in (HILL, EYE)} & set(cleaned.shares)


def test_colours_that_differ_slightly_become_those_of_the_other() -> None:
    slipped = scene(colors=((81, 140, 240), SEA, HILL, ROOF, (254, 230, 60), EYE))
    cleaned = clean_map(as_map(slipped), [as_map(scene())])
    assert file_of(cleaned.image) == file_of(scene()) and not cleaned.gone
    assert cleaned.recolored == 0 and 0.4 < cleaned.changed < 0.6


def test_what_is_no_painted_map_is_refused() -> None:
    file = io.BytesIO()
    np.save(file, np.eye(2)[np.zeros((8, 8), int)])
    soft = read_map(file.getvalue(), "soft.npy")
    for maps in ((soft, as_map(scene())), (as_map(scene()), soft)):
        with pytest.raises(InputError, match=r"^soft\.npy: a \.npy holds numbers and no colours to snap to"):
            clean_map(maps[0], [maps[1]])
    noise = as_map(Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 90, 3), np.uint8)), "noise.png")
    with pytest.raises(InputError, match=r"^noise\.png: no colour covers an area"):
        clean_map(noise)
    with pytest.raises(InputError, match=r"channels differ: map\.png \(RGB.*map\.png \(L"):
        clean_map(as_map(scene()), [as_map(Image.new("L", (9, 9)))])
