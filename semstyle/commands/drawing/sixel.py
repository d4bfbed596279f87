"""DEC's sixel graphics (VT330/VT340 programmer reference manual, volume 2, chapter 14), as many terminals know them."""

from __future__ import annotations

from itertools import groupby

import numpy as np
from PIL import Image

COLOURS, BAND, FIRST = 256, 6, 63
"""Colours of a palette; rows that a letter stands for; the letter of none of them."""
SHORTEST_RUN = 4

Indices = np.ndarray[tuple[int, int], np.dtype[np.uint8]]


def sixel_sequence(image: Image.Image) -> str:
    """Return the sequence that shows an RGB image where the cursor is, in the 256 colours that suit it best."""
    reduced = image.quantize(COLOURS)
    indices: Indices = np.asarray(reduced)
    palette = np.reshape(reduced.getpalette() or [], (-1, 3))
    colours = "".join(
        f"#{number};2;{';'.join(str(round(int(value) * 100 / 255)) for value in palette[number])}"
        for number in np.unique(indices)
    )
    bands = "-".join(band(indices[start : start + BAND]) for start in range(0, image.height, BAND))
    return f'\x1bP0;1;0q"1;1;{image.width};{image.height}{colours}{bands}\x1b\\'


def band(rows: Indices) -> str:
    """Write up to six rows, a pass over them for each of their colours."""
    bits = (1 << np.arange(len(rows), dtype=np.uint8))[:, None]
    passes = (
        f"#{number}{shortened(bytes((FIRST + ((rows == number) * bits).sum(0)).astype(np.uint8)).decode('ascii'))}"
        for number in np.unique(rows)
    )
    return "$".join(passes)


def shortened(letters: str) -> str:
    """Write runs of one letter as their length; a row's end that is empty is left out."""
    runs = ((letter, len(list(run))) for letter, run in groupby(letters.rstrip(chr(FIRST))))
    return "".join(f"!{length}{letter}" if length >= SHORTEST_RUN else letter * length for letter, length in runs)
