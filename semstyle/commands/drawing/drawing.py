"""Drawing an image on standard output, as well as whatever shows it can."""

from __future__ import annotations

import fcntl
import os
import struct
import sys
import termios
from contextlib import suppress

from PIL import Image
from rich.console import Console

from semstyle.commands.drawing.graphics import Graphics, ask_terminal, graphics_of
from semstyle.commands.drawing.half_blocks import HalfBlocks
from semstyle.commands.drawing.iterm import iterm_sequence
from semstyle.commands.drawing.kitty import kitty_sequences
from semstyle.commands.drawing.sixel import sixel_sequence
from semstyle.images import SIXTEEN_BITS, has_transparency, pixel_values

LINES_LEFT = 4
"""Lines of the terminal that stay free for what follows the image."""
USUAL_CELL = (8, 16)
"""Width and height of a letter in pixels, where the terminal does not say."""
WRITERS = {Graphics.KITTY: kitty_sequences, Graphics.ITERM: iterm_sequence, Graphics.SIXEL: sixel_sequence}


def draw(image: Image.Image, console: Console) -> None:
    """Draw a decoded image on ``console``, which is standard output, as large as it is or as there is room for.

    Only its pixels are drawn, encoded anew: nothing else of its file reaches the terminal.
    """
    kind = graphics_of(os.environ, ask_terminal) if console.is_terminal else Graphics.BLOCKS
    columns, rows = console.width, max(1, console.height - LINES_LEFT)
    if kind is Graphics.BLOCKS:
        console.print(HalfBlocks(fitted(image, columns, 2 * rows)), end="", soft_wrap=True)
        return
    width, height = cell_size()
    sys.stdout.write(WRITERS[kind](fitted(image, columns * width, rows * height)) + "\n")
    sys.stdout.flush()


def fitted(image: Image.Image, width: int, height: int) -> Image.Image:
    """Return ``image`` in RGB, over white where it is transparent, and scaled down to so many pixels at most."""
    small = opaque(image)
    small.thumbnail((width, height), Image.Resampling.LANCZOS)
    return small


def opaque(image: Image.Image) -> Image.Image:
    if image.mode in SIXTEEN_BITS:
        return Image.fromarray((pixel_values(image, "L")[:, :, 0] * 255).round().astype("uint8"), "L").convert("RGB")
    if not has_transparency(image):
        return image.convert("RGB")
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image.convert("RGBA"))
    return white.convert("RGB")


def cell_size() -> tuple[int, int]:
    """Return how many pixels wide and high a letter of the terminal is."""
    with suppress(OSError, ValueError, struct.error):  # ValueError: standard output is no file
        answer = fcntl.ioctl(sys.stdout.fileno(), termios.TIOCGWINSZ, bytes(8))
        rows, columns, width, height = struct.unpack("HHHH", answer)
        if width >= columns > 0 and height >= rows > 0:
            return width // columns, height // rows
    return USUAL_CELL
