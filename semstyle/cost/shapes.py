"""The sizes of what a render works on, as far as a row and the headers of its files say."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from semstyle.engine.inputs.phases import Phase, Size, output_size, plan_phases, scaled
from semstyle.engine.parameters import Parameters
from semstyle.errors import InputError
from semstyle.manifest import Row

UNKNOWN: Size = (1000, 1500)
"""The size, (height, width), that an image is taken to have when nobody has looked: a photograph's."""
REGIONS = 6
"""How many labels maps are taken to have: those that people draw have four to eight."""
MARGIN = 8
"""The finest phase is optimised on a canvas that is larger by so many pixels; see semstyle/engine/inputs/canvas.py."""

SizeOf = Callable[[str], Size | None]
"""Returns the (height, width) of the image at a URI, or None when that is not known."""


@dataclass(frozen=True)
class Shapes:
    """Sizes (height, width) of what a render reads.

    Attributes:
        styles: Of each style's own file.
        content: Of the content's file; None without one.
        target: Of what gives the output its aspect: the target map, else the content, else the first style.
        has_maps: Whether there are semantic maps, given or made.
        made_maps: Whether they are to be made.
        regions: How many labels the maps have; nobody counts them before they are read.
    """

    styles: tuple[Size, ...]
    content: Size | None
    target: Size
    has_maps: bool = False
    made_maps: bool = False
    regions: int = REGIONS

    def phases(self, parameters: Parameters) -> list[Phase]:
        """Return the phases of the render, coarsest first; none when the images are too small to be rendered."""
        aspect = parameters.aspect
        target = (1000, round(1000 * aspect)) if aspect and not self.has_maps and not self.content else self.target
        try:
            return plan_phases(parameters, output_size(parameters, target), self.used_styles(parameters))
        except InputError:
            return []

    def used_styles(self, parameters: Parameters) -> list[Size]:
        """Return the sizes of the styles whose share is not 0."""
        shares = parameters.style_shares or (1.0,) * len(self.styles)
        return [size for size, share in zip(self.styles, shares, strict=True) if share > 0]


def shapes_of(row: Row, size_of: SizeOf = lambda uri: None) -> Shapes:
    """Return the sizes of a row's images; those that are not known are taken for a photograph's."""

    def known(uri: str) -> Size:
        return size_of(uri) or UNKNOWN

    asked = row.asked_maps
    content = None if row.content is None else known(row.content)
    given = row.target_map if asked is None else None
    target = content or known(row.styles[0]) if given is None else size_of(given) or content or UNKNOWN
    return Shapes(tuple(map(known, row.styles)), content, target, row.target_map is not None, asked is not None)


def views_of(styles: tuple[Size, ...], parameters: Parameters) -> list[Size]:
    """Return the size of each style at each of its scales, turned by each of its rotations."""
    return [
        frame(scaled(size, scale), degrees)
        for size in styles
        for scale in parameters.scales
        for degrees in parameters.rotations
    ]


def frame(size: Size, degrees: float) -> Size:
    """Return the size of the frame that holds all of an image of ``size`` once it is turned."""
    height, width = size
    cosine, sine = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
    return round(height * cosine + width * sine), round(width * cosine + height * sine)


def canvas_of(phase: Phase, is_finest: bool) -> Size:
    height, width = phase.output
    return (height + MARGIN, width + MARGIN) if is_finest else (height, width)


def pixels(size: Size) -> int:
    return size[0] * size[1]
