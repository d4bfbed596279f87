"""Small pictures of what renders were made from."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from semstyle.errors import InputError
from semstyle.report.pictures.input_picture import LONG_SIDE, input_picture, picture_name, require_same


def png(pixels: np.ndarray, mode: str | None = None) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels, mode).save(stream, "PNG")
    return stream.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_a_map_that_is_made_smaller_has_no_colour_of_its_own_making() -> None:
    labels = np.zeros((900, 1600, 3), np.uint8)
    labels[:, ::2] = (255, 0, 10)
    small = opened(input_picture("style_map", png(labels), "m.png"))
    assert small.format == "PNG" and small.size == (LONG_SIDE, 432)
    colors = {color for _, color in small.convert("RGB").getcolors() or []}
    assert colors <= {(255, 0, 10), (0, 0, 0)}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_maps_of_every_mode_are_drawn(mode: str) -> None:
    stream = io.BytesIO()
    source = Image.fromarray(np.array([[0, 65535]], np.uint16)) if mode == "I;16" else Image.new(mode, (2, 1))
    source.save(stream, "PNG")
    small = opened(input_picture("target_map", stream.getvalue(), "m.png"))
    assert small.size == (2, 1)
    if mode == "I;16":
        assert np.asarray(small).tolist() == [[0, 255]]


@pytest.mark.parametrize("channels", [1, 2, 3, 7])
def test_an_array_is_drawn_from_its_smallest_to_its_largest_value(channels: int) -> None:
    stream = io.BytesIO()
    values = np.linspace(-3, 5, 4 * channels, dtype=np.float32).reshape(2, 2, channels)
    np.save(stream, values)
    small = opened(input_picture("style_map", stream.getvalue(), "m.npy"))
    pixels = np.asarray(small)
    assert small.size == (2, 2) and pixels.min() == 0 and pixels.max() == 255


def test_an_image_is_a_webp_no_larger_than_it_was() -> None:
    assert opened(input_picture("style", png(np.zeros((20, 30, 3), np.uint8)), "s.png")).size == (30, 20)
    large = opened(input_picture("content", png(np.zeros((20, 2000), np.uint8)), "s.png"))
    assert (large.format, large.size) == ("WEBP", (768, 8))


def test_what_is_no_image_is_an_error() -> None:
    with pytest.raises(InputError):
        input_picture("style", b"root:x:0:0", "/etc/passwd")


def test_names_are_those_of_contents_and_of_nothing_else() -> None:
    assert picture_name("style", "ab" * 32) == "ab" * 12 + ".webp"
    assert picture_name("style_map", "ab" * 32) == "ab" * 12 + ".png"
    for column, sha256 in (("style", "../" * 20), ("style", None), ("encoder", "ab" * 32), ("style", "AB" * 32)):
        assert picture_name(column, sha256) is None


def test_another_file_than_the_one_that_was_used_is_an_error() -> None:
    require_same("a", None, "s.png")
    require_same("a", "a", "s.png")
    with pytest.raises(InputError, match=r"s\.png: it has changed since it was rendered"):
        require_same("a", "b", "s.png")
