"""Drawing with half blocks, two pixels in each letter: for all terminals that have colours."""

from __future__ import annotations

import numpy as np
from PIL import Image
from rich.color import Color
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style

UPPER_HALF = "▀"

Pixel = np.ndarray[tuple[int], np.dtype[np.uint8]]


class HalfBlocks:
    """An RGB image as rich draws it, with the colours that its console has: one pixel wide is one column."""

    def __init__(self, image: Image.Image) -> None:
        self._image = image

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        pixels = np.asarray(self._image)
        for top in range(0, len(pixels), 2):
            upper, lower = pixels[top], pixels[top + 1] if top + 1 < len(pixels) else None
            for column, colour in enumerate(upper):
                background = None if lower is None else rgb(lower[column])
                yield Segment(UPPER_HALF, Style(color=rgb(colour), bgcolor=background))
            yield Segment.line()


def rgb(pixel: Pixel) -> Color:
    return Color.from_rgb(*map(int, pixel))
