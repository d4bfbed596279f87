"""Giving flat colours back to painted maps that a JPEG, a soft brush or a slip has blurred."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from semstyle.errors import InputError
from semstyle.maps.painted.colors import NOISE, SMALL_PART, TOO_CLOSE, OwnColors, name_of, painted_colors
from semstyle.maps.painted.flatness import Values
from semstyle.maps.painted.labels import common_palette
from semstyle.maps.painted.snapping import Numbers, snapped
from semstyle.maps.pairing import without_idle_alpha
from semstyle.maps.reading import SemanticMap

ROUNDING = 0.4 / 255
MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


@dataclass(frozen=True)
class Gone:
    """A colour of the map that is far from all the colours that it could become.

    Attributes:
        part: The part of the map's pixels that lie in flat areas of it.
        became: The colour that it became, which is the nearest.
    """

    label: str
    part: float
    became: str


@dataclass(frozen=True)
class CleanMap:
    """A map after it was cleaned.

    Attributes:
        shares: The part of it that each of its labels covers, the largest first.
        changed: The part of its pixels that have another colour now.
        recolored: The part whose colour differs by more than a JPEG's noise inside an area.
    """

    image: Image.Image
    shares: dict[str, float]
    changed: float
    recolored: float
    gone: tuple[Gone, ...]


def clean_map(semantic_map: SemanticMap, like: Sequence[SemanticMap] = ()) -> CleanMap:
    """Return ``semantic_map`` in the flat colours of the maps ``like``, or in its own main ones when there are none.

    Raises:
        InputError: when one is no painted map, or their channels differ.
    """
    for one in (semantic_map, *like):
        if not one.is_image:
            raise InputError(f"{one.name}: a .npy holds numbers and no colours to snap to; give a PNG, JPEG or WebP")
    semantic_map, *like = without_idle_alpha([semantic_map, *like])
    for one in like:
        if len(one.values) != len(semantic_map.values):
            raise InputError(f"the maps' channels differ: {semantic_map}, {one}; save both in the same mode")
    before, *others = [painted_colors(one) for one in (semantic_map, *like)]
    palette, _ = common_palette(others or [before])
    values = np.asarray(semantic_map.values, np.float32)
    numbers = snapped(values, palette)
    pixels = np.bincount(numbers.ravel(), minlength=len(palette)) / numbers.size
    shares = {name_of(palette[number], True): float(pixels[number]) for number in np.argsort(-pixels, kind="stable")}
    return CleanMap(
        as_image(palette, numbers),
        {label: share for label, share in shares.items() if share},
        changed_part(values, palette, numbers, ROUNDING),
        changed_part(values, palette, numbers, NOISE),
        tuple(gone_colors(before, palette)) if others else (),
    )


def as_image(palette: Values, numbers: Numbers) -> Image.Image:
    """Paint each pixel of ``numbers`` (h, w) in its colour of ``palette`` (K, M), in 16 bits where grey needs them."""
    levels = palette * 255
    if len(levels[0]) == 1 and np.abs(levels - levels.round()).max() > 255 * ROUNDING / 2:
        return Image.fromarray((palette * 65535).round().astype(np.uint16)[numbers][:, :, 0])
    pixels = levels.round().astype(np.uint8)[numbers]
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels, MODES[pixels.shape[2]])


def changed_part(values: Values, palette: Values, numbers: Numbers, least: float) -> float:
    """Return the part of the pixels whose new colour differs by more than ``least`` in a channel."""
    changed = np.zeros(numbers.shape, np.bool_)
    for channel, colors in zip(values, palette.T, strict=True):
        changed |= np.abs(colors[numbers] - channel) > least
    return float(changed.mean())


def gone_colors(before: OwnColors, palette: Values) -> Iterator[Gone]:
    """Yield the colours of areas that no colour of ``palette`` is near: labels that the other maps lack."""
    for value, label, part in zip(before.values, before.names, before.parts, strict=True):
        distances = np.linalg.norm(palette - value, axis=1)
        if part >= SMALL_PART and distances.min() >= TOO_CLOSE:
            yield Gone(label, float(part), name_of(palette[distances.argmin()], True))
