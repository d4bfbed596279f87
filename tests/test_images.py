"""Decoding strangers' images: every mode, the right values, and nothing but a clear error for the rest."""

from __future__ import annotations

import struct
import time
import tracemalloc
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from semstyle import images
from semstyle.engine import InputError
from semstyle.images import decode_image, encode_png, undecoded_image, upright_size

ORIENTATION = 0x0112


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *extra: bytes) -> bytes:
    """A PNG of any header: Pillow writes neither 16-bit colour nor lies."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), *extra, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    )


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pixel(data: bytes) -> list[float]:
    """The one colour of a plain image."""
    tensor = decode_image(data, "image")
    assert tensor.dtype == torch.float32
    assert tensor.shape == (3, 4, 6)
    assert torch.equal(tensor, tensor[:, :1, :1].expand_as(tensor))
    return [round(value, 4) for value in tensor[:, 0, 0].tolist()]


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("1", 1, [1, 1, 1]),
        ("L", 51, [0.2, 0.2, 0.2]),
        ("LA", (0, 255), [0, 0, 0]),
        ("LA", (0, 51), [0.8, 0.8, 0.8]),
        ("RGB", (255, 51, 0), [1, 0.2, 0]),
        ("RGBA", (255, 51, 0, 255), [1, 0.2, 0]),
        ("RGBA", (255, 51, 0, 0), [1, 1, 1]),
        ("RGBA", (0, 0, 0, 102), [0.6, 0.6, 0.6]),
        ("I;16", 13107, [0.2, 0.2, 0.2]),
        ("I;16", 257, [0.0039, 0.0039, 0.0039]),
    ],
)
def test_png_modes(mode: str, colour: Any, expected: list[float]) -> None:
    assert pixel(saved(Image.new(mode, (6, 4), colour))) == expected


def test_palettes_with_and_without_transparency() -> None:
    image = Image.new("P", (6, 4), 1)
    image.putpalette([0, 0, 0, 255, 51, 0])
    assert pixel(saved(image)) == [1, 0.2, 0]
    assert pixel(saved(image, transparency=1)) == [1, 1, 1]
    assert pixel(saved(image, transparency=0)) == [1, 0.2, 0]


def test_a_transparent_colour_without_an_alpha_channel() -> None:
    assert pixel(saved(Image.new("RGB", (6, 4), (9, 8, 7)), transparency=(9, 8, 7))) == [1, 1, 1]
    assert pixel(saved(Image.new("L", (6, 4), 9), transparency=9)) == [1, 1, 1]


def test_sixteen_bit_colour() -> None:
    row = b"\0" + struct.pack(">HHH", 65535, 13107, 0) * 6
    assert pixel(png(6, 4, 16, 2, row * 4)) == [1, 0.2, 0]


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("WEBP", "RGB")])
def test_other_formats(kind: str, mode: str) -> None:
    colour = Image.new("RGB", (6, 4), (200, 200, 200)).convert(mode)
    tensor = decode_image(saved(colour, kind, quality=95), "image")
    assert (tensor - 200 / 255).abs().max() < 0.02


def test_webp_with_alpha_lies_on_white() -> None:
    assert pixel(saved(Image.new("RGBA", (6, 4), (0, 0, 0, 0)), "WEBP", lossless=True)) == [1, 1, 1]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_upright_size_is_known_from_the_header(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    data = saved(Image.new("L", (6, 4)), kind, exif=exif)
    height, width = decode_image(data, "image").shape[1:]
    assert upright_size(undecoded_image(BytesIO(data), "image"), "image") == (width, height)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(orientation: int) -> None:
    upright = Image.new("L", (6, 4), 0)
    upright.putpixel((0, 0), 255)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    turned = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    tensor = decode_image(saved(turned, exif=exif), "image")
    assert tensor.shape == (3, 4, 6)
    assert tensor[:, 0, 0].tolist() == [1, 1, 1]
    assert tensor.sum() == 3


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("GIF", "a GIF"),
        ("BMP", "a BMP image"),
        ("TIFF", "a TIFF image"),
        ("AVIF", "an AVIF image"),
        ("PPM", ""),
        ("ICO", ""),
        ("EPS", ""),
    ],
)
def test_other_kinds_are_refused_by_name(kind: str, what: str) -> None:
    with pytest.raises(InputError) as refused:
        decode_image(saved(Image.new("RGB", (16, 16)), kind), "s3://b/x.png")
    seen = f", but {what}; save it as one of these" if what else ""
    assert str(refused.value) == f"s3://b/x.png: not a PNG, JPEG or WebP image{seen}"


@pytest.mark.parametrize(("data", "what"), [(b"style,style_map\r\na.png", "text"), (b"PAR1\x15\x04", "a Parquet file")])
def test_what_was_never_an_image_is_named_too(data: bytes, what: str) -> None:
    with pytest.raises(InputError, match=f"not a PNG, JPEG or WebP image, but {what}; give the path of an image"):
        decode_image(data, "image")


def test_a_web_page_in_place_of_an_image_is_named() -> None:
    with pytest.raises(InputError, match="but text such as a web page or an SVG; save it as one of these"):
        decode_image(b"<!DOCTYPE html><title>Not found</title>", "image")


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\r\n\x1a\n", b"<svg/>", b"GIF89a", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8 "]
)
def test_what_is_no_image(data: bytes) -> None:
    with pytest.raises(InputError, match=r"^image: "):
        decode_image(data, "image")


@pytest.mark.parametrize("size", [(100_000, 100_000), (9000, 9000), (2**31 - 1, 1), (65_000, 2_000)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    bomb = png(*size, 8, 2, bytes(100_000))
    tracemalloc.start()
    with pytest.raises(InputError, match="more than 67,108,864 pixels"):
        decode_image(bomb, "bomb")
    assert tracemalloc.get_traced_memory()[1] < 5e6
    tracemalloc.stop()


def test_a_text_bomb_is_refused() -> None:
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(200_000_000)))
    with pytest.raises(InputError, match=r"^bomb: "):
        decode_image(png(1, 1, 8, 0, b"\0\0", text), "bomb")


def test_a_header_that_promises_more_than_follows() -> None:
    began = time.monotonic()
    with pytest.raises(InputError, match=r"^image: damaged image"):
        decode_image(png(4000, 4000, 8, 2, bytes(100)), "image")
    assert time.monotonic() - began < 10


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["PNG", "JPEG", "WEBP"]), st.data())
def test_damage_decodes_or_is_an_input_error(kind: str, data: st.DataObject) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (24, 31, 3), np.uint8)
    file = bytearray(saved(Image.fromarray(noise), kind))
    for _ in range(data.draw(st.integers(1, 8))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    file = file[: data.draw(st.integers(0, len(file)))]
    try:
        tensor = decode_image(bytes(file), "image")
    except InputError as error:
        assert str(error).startswith("image: ")
        assert "\n" not in str(error)
    else:
        assert tensor.shape[0] == 3
        assert tensor.min() >= 0 and tensor.max() <= 1


def test_running_out_of_memory_is_not_called_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(images.ImageOps, "exif_transpose", exhausted)
    with pytest.raises(MemoryError):
        decode_image(saved(Image.new("L", (6, 4))), "image")


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_png_round_trip(width: int, height: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    tensor = decode_image(encode_png(Image.fromarray(pixels)), "image")
    assert np.array_equal((tensor * 255).round().permute(1, 2, 0).numpy(), pixels)
