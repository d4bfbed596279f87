"""A window of two pictures, in which they are looked at pixel for pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from semstyle.errors import InputError


@dataclass(frozen=True)
class Window:
    """A part of a picture, in pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """(left, top, right, bottom), where right and bottom are just outside."""
        return self.left, self.top, self.left + self.width, self.top + self.height

    def cut_from(self, picture: Image.Image) -> Image.Image:
        """Return this part of ``picture``, every pixel as it is."""
        return picture.crop(self.box)


def most_different(one: Image.Image, other: Image.Image, width: int, height: int) -> Window:
    """Find the window in which two pictures have the largest mean absolute difference.

    It has ``width`` × ``height`` pixels, or fewer where the pictures do. Of several that differ as much it is the
    first, by rows.

    Raises:
        InputError: when the pictures have different sizes.
    """
    if one.size != other.size:
        sizes = " and ".join("×".join(map(str, picture.size)) for picture in (one, other))
        raise InputError(f"pictures of {sizes} pixels cannot be compared; give both one size")
    width, height = min(width, one.width), min(height, one.height)
    first, second = (np.asarray(picture.convert("RGB"), np.int64) for picture in (one, other))
    sums = np.zeros((one.height + 1, one.width + 1), np.int64)  # of all pixels above and to the left
    sums[1:, 1:] = abs(first - second).sum(axis=2).cumsum(axis=0).cumsum(axis=1)
    rows = sums[height:] - sums[:-height]
    differences = rows[:, width:] - rows[:, :-width]
    top, left = np.unravel_index(differences.argmax(), differences.shape)
    return Window(int(left), int(top), width, height)
