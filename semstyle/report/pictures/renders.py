"""Drawing a small picture of each render, and storing where its patches come from, only of those that are new."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PIL import Image

from semstyle.errors import InputError, SemstyleError
from semstyle.farm.errors import FarmError
from semstyle.farm.many_at_once import in_order
from semstyle.farm.output.layout import REPORT
from semstyle.farm.output.origin_map import PATCH_KEY
from semstyle.farm.output.read_records import read_record
from semstyle.farm.output.record import ORIGINS
from semstyle.images import open_image
from semstyle.report.data.script import data_script
from semstyle.report.pictures.input_picture import webp
from semstyle.storage import Folder, StorageError

THUMBNAILS, ORIGIN_SCRIPTS = f"{REPORT}/thumbnails", f"{REPORT}/origins"
LONG_SIDE = 256
QUALITY = 80
READERS = 16
LARGEST_ORIGINS = 64 * 1024


@dataclass(frozen=True)
class OriginMap:
    """The origin map of a render, as far as the page is told of it before it is shown.

    Attributes:
        patch: The side of a patch as a share of the style's width.
    """

    width: int
    height: int
    patch: float


@dataclass(frozen=True)
class RenderPictures:
    """What was drawn of a render."""

    render_id: str
    has_thumbnail: bool
    origins: OriginMap | None


@dataclass(frozen=True)
class FoundFiles:
    """A render's files as they were read, None where that was not possible."""

    render_id: str
    image: bytes | None
    origins: bytes | None


def thumbnail_path(render_id: str) -> str:
    return f"{THUMBNAILS}/{render_id}.webp"


def draw_renders(
    run: Folder, target: Folder, renders: Iterable[tuple[str, str]], copies: bool
) -> Iterator[RenderPictures]:
    """Draw renders, given as (id, path of the image), in threads; yields what was drawn, in their order.

    Args:
        copies: Whether ``target`` gets a copy of the image, too.
    """

    def read(render: tuple[str, str]) -> tuple[FoundFiles, str]:
        render_id, path = render
        return FoundFiles(render_id, read_or_none(run, path), read_origins(run, render_id)), path

    def draw(found: tuple[FoundFiles, str]) -> RenderPictures:
        files, path = found
        if copies and files.image is not None:
            target.write(path, files.image, durable=False)
        return RenderPictures(files.render_id, draw_thumbnail(target, files), store_origins(target, files))

    # Few decode at once, as a picture may take hundreds of megabytes; many read, as a bucket takes its time.
    yield from in_order(draw, in_order(read, renders, READERS), os.cpu_count() or 1)


def read_or_none(folder: Folder, path: str) -> bytes | None:
    try:
        return folder.read(path)
    except StorageError:
        return None


def read_origins(run: Folder, render_id: str) -> bytes | None:
    try:
        table = read_record(run, render_id, [ORIGINS])
    except (StorageError, FarmError):
        return None
    value = table[ORIGINS][0].as_py() if ORIGINS in table.column_names else None
    return value if isinstance(value, bytes) else None


def draw_thumbnail(target: Folder, files: FoundFiles) -> bool:
    """Draw a render's thumbnail; returns whether there is one."""
    if files.image is None:
        return False
    stream = io.BytesIO()
    try:
        webp(open_image(files.image, files.render_id), LONG_SIDE).save(stream, "WEBP", quality=QUALITY, method=2)
    except InputError:
        return False
    target.write(thumbnail_path(files.render_id), stream.getvalue(), durable=False)
    return True


def store_origins(target: Folder, files: FoundFiles) -> OriginMap | None:
    """Store a render's origin map as a script; None when it has none, or something else stands for it."""
    if files.origins is None or len(files.origins) > LARGEST_ORIGINS:
        return None
    try:
        image = open_image(files.origins, files.render_id)
        patch = min(1.0, max(0.0, float(image.info.get(PATCH_KEY, 0))))
    except (SemstyleError, ValueError):
        return None
    # Drawn anew, as a stranger's file may hold more than its pixels.
    stream = io.BytesIO()
    Image.frombytes("RGB", image.size, image.convert("RGB").tobytes()).save(stream, "PNG")
    picture = f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"
    script = data_script("origins", files.render_id, {"picture": picture})
    target.write(f"{ORIGIN_SCRIPTS}/{files.render_id}.js", script, durable=False)
    return OriginMap(*image.size, patch)
