"""The picture of a scene before and now: what it was made from, and the same window of both renders."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from PIL import Image, ImageDraw

from semstyle.errors import InputError
from semstyle.farm.output.layout import recorded_image
from semstyle.images import MAX_BYTES, open_image
from semstyle.report.comparison import SceneComparison
from semstyle.report.contact_sheet import INK, cell, side_by_side, stacked
from semstyle.report.lettering import PAPER
from semstyle.report.varying import Result, uris_of
from semstyle.report.window import Window, most_different
from semstyle.storage import AllowList, Folder, StorageError, read_bytes, redact

CROP = (360, 270)
"""(width, height) of the window, where renders are as large."""
PANEL = 136
"""The longest side of what stands above: five of these are as wide as two windows."""
INPUTS = {"style": "style", "style_map": "style map", "target_map": "target map", "content": "content"}
MOST_BYTES = 300_000
QUALITIES = range(95, 45, -5)
"""Those of JPEG, tried until a picture is small enough."""


def scene_picture(folder: Folder, comparison: SceneComparison) -> tuple[Image.Image, Window]:
    """Draw the inputs and the whole render of now, made smaller, and below these a window of both renders as it is.

    Returns:
        The picture, and the window: where the renders differ most.

    Raises:
        StorageError: when a render cannot be read. Inputs that cannot be read are grey squares.
        InputError: when a render is damaged, or both have different sizes.
    """
    before, now = render_of(folder, comparison.before), render_of(folder, comparison.now)
    window = most_different(before, now, *CROP)
    panels = [panel(picture, name) for name, picture in inputs_of(comparison.now)]
    panels.append(panel(framed(now, window), "now, whole"))
    crops = [
        cell(window.cut_from(picture), [f"{name}, at 100 %"], max(window.width, PANEL))
        for name, picture in (("before", before), ("now", now))
    ]
    return stacked([side_by_side(panels), side_by_side(crops)]), window


def render_of(folder: Folder, result: Result) -> Image.Image:
    path = recorded_image(result)
    return open_image(folder.read(path), redact(folder.location(path))).convert("RGB")


def inputs_of(result: Result) -> Iterator[tuple[str, Image.Image | None]]:
    """Yield each picture that a render was made from with its name; None for one that cannot be read."""
    for column, name in INPUTS.items():
        for uri in uris_of(result[column]) if result[column] else ():
            try:
                yield name, open_image(read_bytes(uri, MAX_BYTES, AllowList()), redact(uri)).convert("RGB")
            except (StorageError, InputError):
                yield name, None


def panel(picture: Image.Image | None, name: str) -> Image.Image:
    """Draw a picture with its name below, made smaller if it is larger than ``PANEL``."""
    if picture is not None:
        picture.thumbnail((PANEL, PANEL), Image.Resampling.LANCZOS)
    return cell(picture, [name], PANEL)


def framed(picture: Image.Image, window: Window) -> Image.Image:
    """Return a copy of ``picture``, as small as a panel, with a frame around ``window``."""
    small = picture.copy()
    small.thumbnail((PANEL, PANEL), Image.Resampling.LANCZOS)
    scale = small.width / picture.width
    left, top, right, bottom = (round(edge * scale) for edge in window.box)
    draw = ImageDraw.Draw(small)
    for inset, color in enumerate((PAPER, INK)):  # one of which shows on any picture
        if min(right - left, bottom - top) > 2 * inset:
            draw.rectangle((left + inset, top + inset, right - 1 - inset, bottom - 1 - inset), outline=color)
    return small


def encode_jpeg(picture: Image.Image, most_bytes: int = MOST_BYTES) -> bytes:
    """Write a picture as a JPEG of at most ``most_bytes``, as good as that allows, with colour at every pixel.

    Raises:
        InputError: when it is larger at the worst quality.
    """
    for quality in QUALITIES:
        file = BytesIO()
        picture.save(file, "JPEG", quality=quality, subsampling=0)
        if file.tell() <= most_bytes:
            return file.getvalue()
    raise InputError(f"a picture of {picture.width}×{picture.height} pixels takes more than {most_bytes:,} bytes")
