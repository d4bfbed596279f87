"""Labels in named colours: those to begin with, and those that a map brings along."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2lab

from semstyle.studio.errors import StudioError
from semstyle.studio.sessions.document import MOST_LABELS, PaletteLabel

FIRST_LABELS = (
    ("sky", "#6cb6ff"),
    ("water", "#1f4fd8"),
    ("ground", "#c9a26b"),
    ("trees", "#1f8a3b"),
    ("building", "#d6452b"),
    ("light", "#fff3b0"),
)
"""Labels for a landscape, in colours that the matcher tells well apart."""
COLOR_NAMES = {
    "black": (0, 0, 0),
    "dark grey": (80, 80, 80),
    "grey": (128, 128, 128),
    "light grey": (200, 200, 200),
    "white": (255, 255, 255),
    "red": (230, 20, 20),
    "dark red": (140, 10, 20),
    "orange": (255, 128, 0),
    "brown": (130, 80, 30),
    "beige": (225, 200, 160),
    "yellow": (255, 230, 40),
    "olive": (128, 128, 0),
    "lime": (128, 255, 0),
    "light green": (120, 190, 60),
    "green": (40, 150, 50),
    "dark green": (10, 70, 30),
    "mint": (128, 255, 170),
    "teal": (0, 128, 128),
    "cyan": (0, 230, 255),
    "pale blue": (190, 220, 250),
    "light blue": (130, 185, 250),
    "blue": (60, 120, 240),
    "dark blue": (20, 40, 190),
    "navy": (15, 40, 120),
    "violet": (110, 40, 240),
    "lavender": (160, 140, 210),
    "purple": (128, 0, 128),
    "magenta": (255, 0, 255),
    "crimson": (255, 0, 128),
    "pink": (255, 150, 200),
}
Colors = NDArray[np.uint8]


def first_palette() -> list[PaletteLabel]:
    return [PaletteLabel(name=name, color=color) for name, color in FIRST_LABELS]


def color_name(rgb: Sequence[int]) -> str:
    """Name a colour in a word or two: that of the one of ``COLOR_NAMES`` that looks most like it."""
    known, wanted = rgb2lab(np.array([list(COLOR_NAMES.values())]) / 255)[0], rgb2lab(np.array([[rgb]]) / 255)[0, 0]
    return list(COLOR_NAMES)[int(np.square(known - wanted).sum(1).argmin())]


def joined(palette: Sequence[PaletteLabel], colors: Colors) -> tuple[list[PaletteLabel], NDArray[np.uint8]]:
    """Add ``colors`` (K, 3) to a palette; one that it has already is not added again.

    Returns:
        The palette, and for each of the colours the number of its label, (K,).

    Raises:
        StudioError: when there would be too many labels.
    """
    labels = list(palette)
    known = {label.rgb: number for number, label in enumerate(labels)}
    numbers = []
    for color in colors:
        rgb = (int(color[0]), int(color[1]), int(color[2]))
        if rgb not in known:
            known[rgb] = len(labels)
            labels.append(
                PaletteLabel(name=unused_name(color_name(rgb), labels), color="#{:02x}{:02x}{:02x}".format(*rgb))
            )
        number = known[rgb]
        labels[number] = labels[number].model_copy(update={"is_retired": False})
        numbers.append(number)
    if len(labels) > MOST_LABELS:
        raise StudioError(f"the palette would have {len(labels)} labels; the most is {MOST_LABELS}")
    return labels, np.array(numbers, np.uint8)


def unused_name(name: str, labels: Sequence[PaletteLabel]) -> str:
    """Return ``name``, with a number behind it when a label has it already."""
    taken = {label.name for label in labels}
    if name not in taken:
        return name
    return next(f"{name} {number}" for number in range(2, len(taken) + 3) if f"{name} {number}" not in taken)


def rgb_of(palette: Sequence[PaletteLabel]) -> Colors:
    """Return the colours (K, 3) of a palette."""
    return np.array([label.rgb for label in palette], np.uint8)
