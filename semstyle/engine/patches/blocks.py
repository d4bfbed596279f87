"""This module cuts a search into blocks of the Gram matrix that memory holds, however large the images are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from semstyle.engine.inputs.phases import Size

LARGEST = 2**26
"""Where even the fewest rows of a style are more elements than this, the target is cut into strips of columns. A CUDA
operation may count elements in 32 bits, and a block has at most twice as many as this or as was asked for."""


@dataclass(frozen=True)
class Blocks:
    """The blocks that a search is done in: a strip of the target, a band of the style, and some rows of that strip.

    Attributes:
        strip: Columns of target pixels in a strip; neighbouring strips share k - 1.
        band: Rows of style patches in a band.
        chunk: Rows of target pixels that are compared with a band at once.
        patch_size: k.
    """

    strip: int
    band: int
    chunk: int
    patch_size: int

    def strips(self, columns: int) -> Iterator[tuple[int, int]]:
        """Yield the columns of patches, from left to right, that each strip of ``columns`` of them has."""
        widest = self.strip - self.patch_size + 1
        count = -(-columns // widest)
        for number in range(count):
            yield columns * number // count, columns * (number + 1) // count


def blocks_of(target: Size, style: Size, patch_size: int, block: int, chunk: int = 1) -> Blocks:
    """Return blocks of about ``block`` elements, with whole styles in a band rather than many target rows if need be.

    Args:
        target, style: (rows, columns) of pixels.
        patch_size: k.
        chunk: So many target rows come before a larger band.
    """
    (height, width), (style_height, style_width) = target, style
    border, least = patch_size - 1, patch_size + 1
    strip = min(width, max(patch_size, LARGEST // ((least + border) * style_width)))
    products = strip * style_width
    band = min(style_height - border, max(least, block // (products * min(chunk, height))))
    rows = max(1, block // (products * (band + border)))
    return Blocks(strip, band, -(-height // -(-height // rows)), patch_size)
