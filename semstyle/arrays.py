"""``.npy`` files and arrays as semantic maps: what strangers' bytes may hold."""

from __future__ import annotations

import math
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np

from semstyle.errors import InputError
from semstyle.images import Pixels, check_size, one_line

NPY_MAGIC = b"\x93NUMPY"
NPY_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
NUMBER_KINDS = "buif"
MOST_CHANNELS = 1024
LARGEST_VALUE = 1e9
"""The largest value that a map may hold; the squares of larger ones could overflow a sum in float32."""

Header = tuple[tuple[int, ...], bool, np.dtype[Any]]
"""What a ``.npy`` says of its array: the shape, whether the order is Fortran's, and the type of the numbers."""


def read_array(data: bytes, name: str) -> Pixels:
    """(H, W, M) float32 from the bytes of a ``.npy``; the header is believed only as far as bytes follow it.

    Raises:
        InputError: when it is damaged, is no array that a map can be, or holds numbers that a map cannot have.
    """
    file = BytesIO(data)
    shape, fortran_order, dtype = read_header(file, name)
    check_map_array(shape, dtype, name)
    content = memoryview(data)[file.tell() :]
    if math.prod(shape) == 0 or len(content) != math.prod(shape) * dtype.itemsize:
        raise InputError(f"{name}: damaged array; shape {shape} does not fit its {len(content):,} bytes")
    return map_values(np.frombuffer(content, dtype).reshape(shape, order="F" if fortran_order else "C"), name)


def read_header(file: BinaryIO, name: str) -> Header:
    try:
        read = NPY_HEADERS[np.lib.format.read_magic(file)]
        shape, fortran_order, dtype = read(file)
    except KeyError:
        raise InputError(f"{name}: a .npy of a version that is not known") from None
    except Exception as error:  # the header is a Python literal, and its parser raises nearly anything
        raise InputError(f"{name}: damaged .npy header ({one_line(error)})") from None
    if any(side < 0 for side in shape):
        raise InputError(f"{name}: an array of shape {shape}")
    return shape, fortran_order, dtype


def check_map_array(shape: tuple[int, ...], dtype: np.dtype[Any], name: str) -> None:
    """Raise :class:`InputError` unless a map can be such an array."""
    if dtype.kind not in NUMBER_KINDS:
        raise InputError(f"{name}: an array of {dtype}; a map is an array of numbers")
    if len(shape) not in (2, 3):
        raise InputError(f"{name}: an array of shape {shape}; a map is (height, width, channels) or (height, width)")
    check_size((shape[1], shape[0]), name)
    if math.prod(shape[2:]) > MOST_CHANNELS:
        raise InputError(f"{name}: {shape[2]:,} channels; a map has at most {MOST_CHANNELS:,}")


def map_values(array: np.ndarray[Any, np.dtype[Any]], name: str) -> Pixels:
    """(H, W, M) float32 of an array (H, W, M) or (H, W), in memory of its own.

    Raises:
        InputError: when it holds nothing, what is not finite, or what is beyond ``LARGEST_VALUE``.
    """
    if array.size == 0:
        raise InputError(f"{name}: an array of shape {array.shape}; a map has one channel at least")
    with np.errstate(over="ignore"):
        values = np.atleast_3d(array.astype(np.float32))
    if not np.isfinite(values).all():
        raise InputError(f"{name}: holds numbers that are not finite")
    if np.abs(values).max() > LARGEST_VALUE:
        raise InputError(f"{name}: holds numbers beyond ±{LARGEST_VALUE:g}; scale them down")
    return values
