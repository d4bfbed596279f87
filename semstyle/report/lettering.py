"""Drawing text on contact sheets, in lines that fit; a sign marks where text was cut."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

from PIL import Image, ImageDraw, ImageFont

PAPER = "#ffffff"
LONGEST = 1_000
"""How many characters of a text are looked at, as tags may be of any length."""
CUT = "…"


def text_image(text: str, width: int, color: str, size: int, most_lines: int = 4) -> Image.Image:
    """Draw ``text`` in lines of at most ``width`` pixels, on paper as wide."""
    lines = wrapped(text, width, size, most_lines)
    canvas = Image.new("RGB", (width, line_height(size) * len(lines)), PAPER)
    draw = ImageDraw.Draw(canvas)
    for number, line in enumerate(lines):
        draw.text((0, line_height(size) * number), line, color, font(size))
    return canvas


def wrapped(text: str, width: int, size: int, most_lines: int) -> list[str]:
    """Break ``text`` into lines, between words where possible; the last line ends in a sign if there is more."""
    rest = readable(text[:LONGEST])
    lines: list[str] = []
    is_cut = len(text) > LONGEST
    while rest and len(lines) < most_lines:
        line = fitting(rest, width, size)
        lines.append(line.rstrip())
        rest = rest[len(line) :].lstrip()
    if lines and (rest or is_cut):
        lines[-1] = shortened(lines[-1], width, size)
    return lines or [""]


def fitting(text: str, width: int, size: int) -> str:
    """Return as much of the beginning of ``text`` as fits: up to a space if there is one; at least one character."""
    if length(text, size) <= width:
        return text
    end = 1
    while length(text[: end + 1], size) <= width:
        end += 1
    space = text.rfind(" ", 0, end + 1)
    return text[: space if space > 0 else end]


def shortened(line: str, width: int, size: int) -> str:
    while line and length(line + CUT, size) > width:
        line = line[:-1]
    return line.rstrip() + CUT


def readable(text: str) -> str:
    """Return ``text`` on one line, in letters that the font has; where it lacks an accent, that is taken off."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    if has_accents():
        return line
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", line) if not unicodedata.combining(letter))
    return plain.encode("ascii", "replace").decode()


def length(text: str, size: int) -> float:
    return float(font(size).getlength(text))


def line_height(size: int) -> int:
    return size + 5


@cache
def font(size: int) -> Any:
    """DejaVu where the machine has it, which has the letters of Europe; else Pillow's own, which has those of ASCII."""
    try:
        return ImageFont.truetype("DejaVuSans.ttf", size)
    except OSError:
        return ImageFont.load_default(size)


@cache
def has_accents() -> bool:
    return isinstance(font(10), ImageFont.FreeTypeFont) and font(10).getname()[0] == "DejaVu Sans"
