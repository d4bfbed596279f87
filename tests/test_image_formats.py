"""How images that were made are stored: what is kept of them, what their files say, and how large they may be."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from semstyle.image_formats import FORMATS, JPEG, PNG, WEBP, ImageFormat, encode_image, read_texts

TEXTS = {"semstyle": '{"style": "Gänse \\n 鳥.png"}', "other": "a: b"}


def painting(width: int = 40, height: int = 24) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def difference(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(np.asarray(one, np.float64) - np.asarray(other, np.float64)).mean())


@pytest.mark.parametrize("kind", FORMATS.values(), ids=FORMATS)
def test_a_file_is_of_its_format_says_its_texts_and_is_the_same_each_time(kind: ImageFormat) -> None:
    data = encode_image(painting(), kind, texts=TEXTS)
    image = opened(data)
    assert (image.format, image.size, image.mode) == (kind.name.upper(), (40, 24), "RGB")
    assert read_texts(image).items() >= TEXTS.items()
    assert encode_image(painting(), kind, texts=TEXTS) == data


@pytest.mark.parametrize(
    ("kind", "quality", "is_exact"),
    [(PNG, None, True), (WEBP, 100, True), (WEBP, 99, False), (WEBP, None, False), (JPEG, 100, False)],
)
def test_png_and_webp_of_the_best_quality_lose_nothing(kind: ImageFormat, quality: int | None, is_exact: bool) -> None:
    assert (difference(opened(encode_image(painting(), kind, quality)), painting()) == 0) == is_exact


@pytest.mark.parametrize("kind", [WEBP, JPEG], ids=str)
def test_a_lower_quality_makes_a_smaller_file_that_is_farther_off(kind: ImageFormat) -> None:
    files = [encode_image(painting(), kind, quality) for quality in (10, 60, 95)]
    assert sorted(map(len, files)) == list(map(len, files)) and encode_image(painting(), kind) == files[-1]
    errors = [difference(opened(data), painting()) for data in files]
    assert errors == sorted(errors, reverse=True) and errors[-1] > 0


def test_colours_of_jpeg_are_as_sharp_as_its_brightness() -> None:
    stripes = np.zeros((16, 16, 3), np.uint8)
    stripes[:, ::2], stripes[:, 1::2] = (255, 0, 0), (0, 0, 255)
    assert difference(opened(encode_image(Image.fromarray(stripes), JPEG)), Image.fromarray(stripes)) < 10


@pytest.mark.parametrize("kind", [WEBP, JPEG], ids=str)
def test_the_longest_side_is_the_one_that_the_encoder_takes(kind: ImageFormat) -> None:
    side = kind.largest_side
    assert opened(encode_image(Image.new("RGB", (side, 1)), kind)).size == (side, 1)
    with pytest.raises((OSError, ValueError)):
        encode_image(Image.new("RGB", (1, side + 1)), kind)


@pytest.mark.parametrize("kind", FORMATS.values(), ids=FORMATS)
def test_texts_that_a_file_has_no_room_for_are_left_out_and_never_cut(kind: ImageFormat) -> None:
    fits = {"semstyle": "x" * (65_000 - len("semstyle: "))}
    too_long = {"semstyle": fits["semstyle"] + "x"}
    assert kind.has_room(fits)
    assert read_texts(opened(encode_image(painting(), kind, texts=fits))).items() >= fits.items()
    found = read_texts(opened(encode_image(painting(), kind, texts=too_long))).get("semstyle")
    assert found == (None if kind is JPEG else too_long["semstyle"]) and kind.has_room(too_long) == (kind is not JPEG)


@pytest.mark.parametrize("exif", [b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0nothing", b"\xff" * 300, b""], ids=repr)
def test_damaged_texts_of_strangers_are_no_texts(exif: bytes) -> None:
    for kind in (WEBP, JPEG):
        file = io.BytesIO()
        painting().save(file, kind.name.upper(), exif=exif)
        assert "semstyle" not in read_texts(opened(file.getvalue()))


@pytest.mark.parametrize("kind", FORMATS.values(), ids=FORMATS)
def test_an_image_that_nothing_compresses_is_stored(kind: ImageFormat) -> None:
    assert opened(encode_image(painting(700, 700), kind, 100, TEXTS)).size == (700, 700)
