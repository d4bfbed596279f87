"""Reading a semantic map from an image file or a ``.npy`` array."""

from __future__ import annotations

import math
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from semstyle.engine.errors import InputError
from semstyle.images import check_size, map_mode, one_line, open_image, pixel_values, to_tensor

if TYPE_CHECKING:
    from torch import Tensor

NPY_MAGIC = b"\x93NUMPY"
NPY_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
NUMBER_KINDS = "buif"
IMAGE_CHANNELS = ("L", "LA", "RGB", "RGBA")
MOST_CHANNELS = 1024
LARGEST_VALUE = 1e9
"""The squares of larger ones would not fit a float32's sums."""


@dataclass(frozen=True)
class SemanticMap:
    """A semantic map.

    Attributes:
        values: (M, h, w) float32; 0..1 from an image file, as stored from a ``.npy``.
        channels: ``L``, ``LA``, ``RGB`` or ``RGBA`` for image files, else such as ``npy``.
        name: What to call it in errors.
    """

    values: Tensor
    channels: str
    name: str

    @property
    def has_opaque_alpha(self) -> bool:
        """Whether the last channel is an alpha channel that says nothing."""
        return self.channels in {"LA", "RGBA"} and bool((self.values[-1] == 1).all())

    def __str__(self) -> str:
        count, height, width = self.values.shape
        return f"{self.name} ({self.channels}, {count} {'channel' if count == 1 else 'channels'}, {width}×{height})"


def read_map(data: bytes, name: str) -> SemanticMap:
    """A map from a PNG, JPEG or WebP (grey, palette or colour, with or without alpha, 16-bit grey) or a ``.npy``.

    A palette becomes RGB, or RGBA when it has transparency. A ``.npy`` is (H, W, M) or (H, W) numbers.

    Raises:
        InputError: when it is none of these, is damaged or too large.
    """
    if data.startswith(NPY_MAGIC):
        return SemanticMap(to_tensor(read_array(data, name)), "npy", name)
    image = open_image(data, name)
    mode = map_mode(image)
    return SemanticMap(to_tensor(pixel_values(image, mode)), mode, name)


def read_array(data: bytes, name: str) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    """(H, W, M) float32 from the bytes of a ``.npy``; the header is believed only as far as bytes follow it."""
    file = BytesIO(data)
    shape, fortran_order, dtype = read_header(file, name)
    if dtype.kind not in NUMBER_KINDS:
        raise InputError(f"{name}: an array of {dtype}; a map is an array of numbers")
    if len(shape) not in (2, 3):
        raise InputError(f"{name}: an array of shape {shape}; a map is (height, width, channels) or (height, width)")
    check_size((shape[1], shape[0]), name)
    if math.prod(shape[2:]) > MOST_CHANNELS:
        raise InputError(f"{name}: {shape[2]:,} channels; a map has at most {MOST_CHANNELS:,}")
    content = memoryview(data)[file.tell() :]
    if math.prod(shape) == 0 or len(content) != math.prod(shape) * dtype.itemsize:
        raise InputError(f"{name}: damaged array; shape {shape} does not fit its {len(content):,} bytes")
    stored = np.frombuffer(content, dtype).reshape(shape, order="F" if fortran_order else "C")
    with np.errstate(over="ignore"):
        values = np.atleast_3d(stored.astype(np.float32))
    if not np.isfinite(values).all():
        raise InputError(f"{name}: holds numbers that are not finite")
    if np.abs(values).max() > LARGEST_VALUE:
        raise InputError(f"{name}: holds numbers beyond ±{LARGEST_VALUE:g}; scale them down")
    return values


def read_header(file: BytesIO, name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
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
