"""The pixels of a layer: a label's number each, as the page and the disk have them."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semstyle.studio.errors import StudioError
from semstyle.studio.sessions.document import LONGEST_SIDE, MOST_LABELS

UNPAINTED = 255
"""Stands where a layer has no label."""
HEADER = struct.Struct("<II")
LARGEST_FILE = HEADER.size + LONGEST_SIDE * LONGEST_SIDE * 2
"""Bytes that a plane may have as it comes; no pixels are so wild that deflate makes them larger than this."""


@dataclass(frozen=True)
class Plane:
    """Numbers of labels, (h, w) uint8, or ``UNPAINTED``."""

    numbers: NDArray[np.uint8]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        height, width = self.numbers.shape
        return width, height

    def file(self) -> bytes:
        """Width and height as 32-bit numbers, the lowest byte first, then the numbers by rows, deflated."""
        return HEADER.pack(*self.size) + zlib.compress(np.ascontiguousarray(self.numbers).tobytes(), 6)

    def resized(self, size: tuple[int, int]) -> Plane:
        """Return the plane at ``size`` (width, height), by nearest pixels, so that no number comes between two."""
        width, height = size
        rows = (np.arange(height) * 2 + 1) * self.numbers.shape[0] // (2 * height)
        columns = (np.arange(width) * 2 + 1) * self.numbers.shape[1] // (2 * width)
        return Plane(self.numbers[rows[:, None], columns])


def read_plane(data: bytes) -> Plane:
    """Read what :meth:`Plane.file` writes; it may come from a stranger, and is never more than its header says.

    Raises:
        StudioError: when it is damaged, too large, or has numbers that stand for no label.
    """
    width, height = plane_size(data)
    inflater = zlib.decompressobj()
    try:
        pixels = inflater.decompress(data[HEADER.size :], width * height + 1)
    except zlib.error:
        raise StudioError("a layer's pixels are damaged") from None
    if len(pixels) != width * height or not inflater.eof:
        raise StudioError("a layer has more or fewer pixels than its size says")
    numbers = np.frombuffer(pixels, np.uint8).reshape(height, width)
    if ((numbers >= MOST_LABELS) & (numbers != UNPAINTED)).any():
        raise StudioError(f"a layer has a label beyond the {MOST_LABELS} that there may be")
    return Plane(numbers)


def plane_size(data: bytes) -> tuple[int, int]:
    """Return the width and height that a plane's header says.

    Raises:
        StudioError: when there is no header, or no map has such a size.
    """
    if len(data) < HEADER.size:
        raise StudioError("a layer's pixels are damaged")
    width, height = HEADER.unpack_from(data)
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE):
        raise StudioError(f"a layer of {width}×{height}: sides are from 1 to {LONGEST_SIDE} pixels")
    return width, height


def flattened(painting: Plane | None, automatic: Plane | None, ground: int, size: tuple[int, int]) -> Plane:
    """Lay the layers over each other: painting, below it what was made automatically, below it the ground."""
    width, height = size
    numbers = np.full((height, width), ground, np.uint8)
    for plane in (automatic, painting):
        if plane is not None:
            numbers = np.where(plane.numbers == UNPAINTED, numbers, plane.numbers)
    return Plane(numbers)
