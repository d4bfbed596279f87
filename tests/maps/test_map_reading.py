"""Reading maps: every mode and array, with its channels as they are."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from semstyle.engine import InputError
from semstyle.maps import read_map


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def npy(array: Any, **options: Any) -> bytes:
    file = BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("mode", "colour", "channels", "values"),
    [
        ("1", 1, "L", [1.0]),
        ("L", 51, "L", [0.2]),
        ("LA", (51, 102), "LA", [0.2, 0.4]),
        ("RGB", (255, 51, 0), "RGB", [1, 0.2, 0]),
        ("RGBA", (255, 51, 0, 102), "RGBA", [1, 0.2, 0, 0.4]),
        ("I;16", 13107, "L", [0.2]),
        ("I;16", 13108, "L", [13108 / 65535]),
    ],
)
def test_png_modes(mode: str, colour: Any, channels: str, values: list[float]) -> None:
    found = read_map(saved(Image.new(mode, (6, 4), colour)), "m.png")
    assert found.channels == channels
    assert found.values.dtype == torch.float32
    assert found.values.shape == (len(values), 4, 6)
    assert torch.allclose(found.values, torch.tensor(values)[:, None, None].expand(-1, 4, 6), atol=1e-6)


def test_a_palette_is_its_colours_and_keeps_transparency() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([0, 0, 0, 255, 51, 0])
    image.putpixel((1, 0), 1)
    assert read_map(saved(image), "m").channels == "RGB"
    found = read_map(saved(image, transparency=0), "m")
    assert found.channels == "RGBA"
    assert torch.allclose(found.values[:, 0].T, torch.tensor([[0, 0, 0, 0], [1, 0.2, 0, 1]]), atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "mode", "channels"),
    [
        ("JPEG", "RGB", "RGB"),
        ("JPEG", "L", "L"),
        ("JPEG", "CMYK", "RGB"),
        ("WEBP", "RGB", "RGB"),
        ("WEBP", "RGBA", "RGBA"),
    ],
)
def test_other_formats(kind: str, mode: str, channels: str) -> None:
    assert read_map(saved(Image.new(mode, (6, 4)), kind), "m").channels == channels


@pytest.mark.parametrize("dtype", ["u1", ">u2", "i4", "?", "f2", "f4", ">f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_keep_their_numbers(dtype: str, order: Any) -> None:
    array = np.asarray(np.arange(60).reshape(3, 4, 5) % 2 if dtype == "?" else np.arange(60).reshape(3, 4, 5), dtype)
    found = read_map(npy(np.asarray(array, order=order)), "m.npy")
    assert found.values.shape == (5, 3, 4)
    assert np.array_equal(found.values.permute(1, 2, 0).numpy(), array.astype(np.float32))
    assert np.array_equal(read_map(npy(array[:, :, 0]), "m.npy").values[0].numpy(), array[:, :, 0].astype(np.float32))


@settings(max_examples=40, deadline=None)
@given(
    hnp.arrays(np.float32, hnp.array_shapes(min_dims=3, max_dims=3, max_side=6), elements=st.floats(-9, 9, width=32))
)
def test_any_array_round_trips(array: Any) -> None:
    assert np.array_equal(read_map(npy(array), "m").values.permute(1, 2, 0).numpy(), array)


def header(text: str, version: tuple[int, int] = (1, 0)) -> bytes:
    body = text.encode() + b"\n"
    length = struct.pack("<H" if version == (1, 0) else "<I", len(body))
    return b"\x93NUMPY" + bytes(version) + length + body


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (npy(np.array([{"a": 1}], dtype=object), allow_pickle=True), "array of object"),
        (npy(np.array([["a"]])), "array of <U1"),
        (npy(np.zeros((2, 2), [("x", "f4")])), "array of"),
        (npy(np.zeros((2, 2), np.complex64)), "array of complex64"),
        (npy(np.zeros(4)), r"shape \(4,\)"),
        (npy(np.zeros((1, 2, 2, 1))), r"shape \(1, 2, 2, 1\)"),
        (npy(np.zeros((0, 2, 1))), "without pixels"),
        (npy(np.zeros((2, 2, 0))), "does not fit"),
        (npy(np.full((2, 2), np.nan)), "not finite"),
        (npy(np.full((2, 2), 1e300)), "not finite"),
        (npy(np.zeros((2, 2)))[:-1], "does not fit its 31 bytes"),
        (npy(np.zeros((2, 2))) + b"x", "does not fit"),
        (header("{'descr': '<f4', 'fortran_order': False, 'shape': (10**6, 10**6, 3)}"), "damaged .npy header"),
        (header("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000, 3)}"), "pixels"),
        (header("{'descr': '<f4', 'fortran_order': False, 'shape': (8000, 8000, 400)}"), "does not fit"),
        (header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -1)}"), r"shape \(-1, -1\)"),
        (header("{'descr': '|O', 'fortran_order': False, 'shape': (2, 2)}"), "array of object"),
        (header("__import__('os').system('true')"), "damaged .npy header"),
        (header("(" * 5000), "damaged .npy header"),
        (header("{" * 3, (2, 0)), "damaged .npy header"),
        (header("{}", (9, 9)), "version"),
        (b"\x93NUMPY", "damaged .npy header"),
    ],
)
def test_hostile_arrays(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_map(data, "m.npy")
    assert str(caught.value).startswith("m.npy: ")
    assert "\n" not in str(caught.value)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00", b"\x89PNG\r\n\x1a\n"]))
def test_any_bytes_are_a_map_or_an_input_error(data: bytes, start: bytes) -> None:
    with pytest.raises(InputError):
        read_map(start + data, "m")


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_damaged_array_is_a_map_or_an_input_error(data: st.DataObject) -> None:
    file = bytearray(npy(np.arange(24.0).reshape(2, 3, 4)))
    for _ in range(data.draw(st.integers(1, 4))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read_map(bytes(file), "m")
    except InputError as error:
        assert str(error).startswith("m: ")
    else:
        assert torch.isfinite(found.values).all()


def test_zip_of_arrays_is_refused() -> None:
    file = BytesIO()
    np.savez(file, np.zeros((2, 2)))
    with pytest.raises(InputError, match="not a PNG, JPEG or WebP"):
        read_map(file.getvalue(), "m.npz")
