"""Maps that come from elsewhere: a file that someone painted, or labels that are made of the pictures themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semstyle.images import decode_image
from semstyle.maps import Asked, check_aspect, read_map
from semstyle.maps.making import make_maps
from semstyle.maps.painted.labels import find_labels
from semstyle.studio.errors import StudioError
from semstyle.studio.sessions.document import LONGEST_SIDE, PaletteLabel, StudioDocument
from semstyle.studio.sessions.palette import joined
from semstyle.studio.sessions.plane import Plane
from semstyle.studio.sessions.session import StudioSession


@dataclass(frozen=True)
class LabelledPlanes:
    """Planes in the labels of one palette."""

    palette: list[PaletteLabel]
    planes: tuple[Plane, ...]


def painted_map(data: bytes, name: str, palette: Sequence[PaletteLabel], picture: bytes | None) -> LabelledPlanes:
    """Read a map that was painted elsewhere; blurred edges are snapped to its labels.

    Args:
        picture: The picture that it belongs to, a PNG; None when it may have any shape.

    Raises:
        InputError: when it is no painted map, or has another aspect than the picture.
        StudioError: when it has more labels than fit into the palette.
    """
    semantic_map = read_map(data, name)
    if not semantic_map.is_image:
        raise StudioError(f"{name}: a map for the studio is an image in flat colours; an array of channels has none")
    if picture is not None:
        check_aspect(semantic_map, decode_image(picture, "the picture"), "the picture")
    labels = find_labels([semantic_map])
    values = labels.values[:, :3] if labels.values.shape[1] >= 3 else labels.values[:, :1].repeat(3, 1)
    colors = (values.clip(0, 1) * 255).round().astype(np.uint8)
    used, places = np.unique(labels.numbers[0], return_inverse=True)
    after, numbers = joined(palette, colors[used])
    plane = Plane(numbers[places.reshape(labels.numbers[0].shape)])
    width, height = plane.size
    scale = min(1.0, LONGEST_SIDE / max(width, height))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    return LabelledPlanes(after, (plane if plane.size == size else plane.resized(size),))


def automatic_maps(session: StudioSession, document: StudioDocument, count: int) -> LabelledPlanes:
    """Make labels of the style, and of the photograph to keep if there is one, in which both share their meaning.

    Args:
        count: How many labels there may be.

    Raises:
        StudioError: when there is no style, or the palette has no room.
        InputError: when the number is out of range, or nothing is told apart.
    """
    sides = [side for side in (document.style, document.target) if side.picture]
    if document.style.picture is None:
        raise StudioError("there is no style yet; load a painting or a photograph on the left")
    images = [decode_image(session.picture_file(side.picture or ""), "the picture") for side in sides]
    made = make_maps(images[:1], images[-1], Asked(labels=count, form="hard"))
    maps = [made.styles[0], made.target][: len(sides)]
    pixels = [np.asarray(one.values, np.uint8) for one in maps]
    colors, places = np.unique(np.concatenate([one.reshape(-1, 3) for one in pixels]), axis=0, return_inverse=True)
    palette, numbers = joined(document.palette, colors)
    labelled: NDArray[np.uint8] = numbers[places.ravel()]
    parts = np.split(labelled, np.cumsum([one.shape[0] * one.shape[1] for one in pixels])[:-1])
    planes = (
        Plane(part.reshape(one.shape[:2])).resized((side.width, side.height))
        for part, one, side in zip(parts, pixels, sides, strict=True)
    )
    return LabelledPlanes(palette, tuple(planes))
