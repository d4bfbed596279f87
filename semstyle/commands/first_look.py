"""Checking a render's inputs before torch is imported, as far as the headers of files on this machine tell."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any, cast

import numpy as np

from semstyle.arrays import NPY_MAGIC, check_map_array, read_header
from semstyle.images import map_mode, undecoded_image, upright_size
from semstyle.manifest.row import URI_PARAMETERS, Row
from semstyle.maps import SemanticMap, check_aspect, pair
from semstyle.storage import MissingObjectError, redact, require_file, translated
from semstyle.storage.location import split_scheme

IMAGES = ("style", "content", "init")


def look_at(row: Row) -> None:
    """Raise what loading ``row`` would raise, as far as that can be told in milliseconds.

    Files that are not on this machine are not looked at, nor are maps that are still to be made.

    Raises:
        InputError: when a file is no image, maps have other channels, or a map has another aspect than its image.
        StorageError: when there is no such file.
    """
    local = [(column, uri) for column, uri in row.uris() if is_local(uri)]
    for column, uri in local:
        require_input(column, uri)
    sizes = {uri: image_size(uri) for column, uri in local if column in IMAGES}
    if row.asked_maps is not None or row.style_maps is None or row.target_map is None:
        return
    maps = {uri: outline(uri) for column, uri in local if column in {"style_map", "target_map"}}
    images = (*row.styles, row.content)
    for uri, image in zip((*row.style_maps, row.target_map), images, strict=True):
        if uri in maps and image in sizes:
            width, height = sizes[image]
            check_aspect(maps[uri], cast(Any, np.empty((0, height, width))), redact(image))
    if all(uri in maps for uri in (*row.style_maps, row.target_map)):
        pair([maps[uri] for uri in row.style_maps], maps[row.target_map])


def require_input(column: str, uri: str) -> None:
    """Raise :class:`StorageError` unless there is a file; where a word may stand instead, the message lists them."""
    try:
        require_file(uri)
    except MissingObjectError as error:
        words = URI_PARAMETERS.get(column)
        if words and not PurePath(uri).suffix:
            raise MissingObjectError(f"{error}; {column} is {', '.join(words)}, or a file") from None
        raise


def is_local(uri: str) -> bool:
    return split_scheme(uri)[0] == "file"


def path_of(uri: str) -> Path:
    return Path(split_scheme(uri)[1])


def image_size(uri: str) -> tuple[int, int]:
    """Return (width, height) of an image file, once it is turned upright."""
    name = redact(uri)
    with translated(uri), path_of(uri).open("rb") as file:
        return upright_size(undecoded_image(file, name), name)


def outline(uri: str) -> SemanticMap:
    """Return a map of the shape that its file's header promises; its values are all 1, as an alpha may be opaque."""
    name = redact(uri)
    with translated(uri), path_of(uri).open("rb") as file:
        is_array = file.read(len(NPY_MAGIC)) == NPY_MAGIC
        file.seek(0)
        if is_array:
            shape, _, dtype = read_header(file, name)
            check_map_array(shape, dtype, name)
            channels, (height, width, count) = "npy", (*shape, 1)[:3]
        else:
            image = undecoded_image(file, name)
            channels, (width, height) = map_mode(image), upright_size(image, name)
            count = len(channels)
    return SemanticMap(cast(Any, np.broadcast_to(np.float32(1), (count, height, width))), channels, name)
