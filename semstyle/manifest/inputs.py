"""Reading a row's files as tensors, ready to render."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from torch import Tensor

from semstyle.engine.parameters import INITS
from semstyle.images import decode_image
from semstyle.manifest.decoded import Decoded, DecodedFiles
from semstyle.manifest.input_file import InputFile, large_input, read_input
from semstyle.manifest.row import Row
from semstyle.maps import Asked, SemanticMap, check_aspect, pair, read_map
from semstyle.maps.making import MadeMaps, make_maps
from semstyle.maps.painted.remarks import map_remarks
from semstyle.storage import AllowList, file_version, redact

CACHE_BYTES = 256 * 2**20
DECODED = DecodedFiles(CACHE_BYTES)
MADE_KEPT = 16
"""How many sets of maps are kept after they are made, as a grid repeats them."""
EVERYWHERE = AllowList()
"""Allows inputs from everywhere that is public."""


@dataclass(frozen=True)
class Inputs:
    """What a :class:`semstyle.engine.Request` holds besides parameters; images (3, H, W), maps (M, h, w). Read-only.

    Attributes:
        made: The maps in the form in which they are saved, when they were made and not read.
        remarks: What is the matter with the maps, a line each, without credentials.
        files: The files that were read, by column and URI.
    """

    styles: tuple[Tensor, ...]
    style_maps: tuple[Tensor, ...] | None
    target_map: Tensor | None
    content: Tensor | None
    init_image: Tensor | None
    made: MadeMaps | None = None
    remarks: tuple[str, ...] = ()
    files: Mapping[tuple[str, str], InputFile] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The fields as keyword arguments of ``Request``."""
        return {name: value for name, value in vars(self).items() if name not in {"made", "remarks", "files"}}


def load_inputs(row: Row, allow: AllowList = EVERYWHERE, torchscript: bool = False) -> Inputs:
    """Read, decode and check everything that ``row`` names, but for the encoder's weights.

    Grids repeat their images, so decoded files are kept up to ``CACHE_BYTES``.

    Args:
        torchscript: Whether maps may be made by networks in TorchScript, which are programs.

    Raises:
        InputError: when a file is not an image, maps do not pair, or a map's aspect is not its image's.
        StorageError: when a file cannot be read, is too large, or ``allow`` does not allow it or what it redirects to.
    """
    for _, uri in row.uris():
        allow.check(uri)
    reader = InputReader(allow)
    styles = tuple(map(reader.image, row.styles))
    content = None if row.content is None else reader.image(row.content)
    init = row.parameters.init
    init_image = None if init in INITS else reader.image(init)
    made: MadeMaps | None = None
    style_maps: tuple[Tensor, ...] | None = None
    target_map: Tensor | None = None
    remarks: tuple[str, ...] = ()
    if row.asked_maps is not None and row.content is not None:
        images = (*row.styles, row.content)
        versions = tuple(file_version(uri, allow) for uri in images)
        made = made_maps(images, row.asked_maps, allow, versions, torchscript)
        style_maps, target_map = tuple(one.tensor() for one in made.styles), made.target.tensor()
    elif row.style_maps is not None and row.target_map is not None:
        read = [reader.fitting_map(uri, style) for uri, style in zip(row.style_maps, row.styles, strict=True)]
        read_target = reader.fitting_map(row.target_map, row.content)
        style_maps, target_map = pair(read, read_target)
        remarks = map_remarks(read, read_target)
    files = {(column, uri): reader.file(uri) for column, uri in row.uris()}
    return Inputs(styles, style_maps, target_map, content, init_image, made, remarks, files)


@lru_cache(maxsize=MADE_KEPT)
def made_maps(
    images: tuple[str, ...], asked: Asked, allow: AllowList, versions: tuple[str, ...], torchscript: bool
) -> MadeMaps:
    """Make the maps of ``images``, the last of which is the content.

    As a part of the cache's key, ``versions`` let maps be made anew when an image has changed.
    """
    *styles, target = map(InputReader(allow).image, images)
    return make_maps(styles, target, asked, allow, torchscript)


def check_input(row: Row, column: str, uri: str) -> None:
    """Open what one column of ``row`` names; raises as :func:`load_inputs`."""
    reader = InputReader(EVERYWHERE)
    if column == "encoder" or (column == "style_map" and row.asked_maps is not None):
        file_version(uri, EVERYWHERE)
    elif column == "style_map":
        for style, style_map in zip(row.styles, row.style_maps or (), strict=True):
            if style_map == uri:
                reader.fitting_map(uri, style)
    elif column == "target_map":
        reader.fitting_map(uri, row.content)
    else:
        reader.image(uri)


class InputReader:
    """Reads images and maps, from ``DECODED`` when they are there, and remembers which files they were."""

    def __init__(self, allow: AllowList) -> None:
        self._allow = allow
        self._files: dict[str, InputFile] = {}

    def file(self, uri: str) -> InputFile:
        """Say which file was read from ``uri``, or is there now if none was read."""
        return self._files.get(uri) or large_input(uri, self._allow)

    def image(self, uri: str) -> Tensor:
        """Read an image: (3, H, W) in 0..1."""
        return self._decoded(uri, "image", decode_as_image).tensor

    def map(self, uri: str) -> SemanticMap:
        decoded = self._decoded(uri, "map", decode_as_map)
        return SemanticMap(decoded.tensor, decoded.channels, redact(uri))

    def fitting_map(self, uri: str, image_uri: str | None) -> SemanticMap:
        """Read the map at ``uri``; when it has an image, check that both have the same aspect."""
        semantic_map = self.map(uri)
        if image_uri is not None:
            check_aspect(semantic_map, self.image(image_uri), redact(image_uri))
        return semantic_map

    def _decoded(self, uri: str, use: str, decode: Callable[[str, AllowList], Decoded]) -> Decoded:
        decoded = DECODED.get(uri, use, lambda uri: decode(uri, self._allow), self._allow)
        self._files[uri] = decoded.file
        return decoded


def decode_as_image(uri: str, allow: AllowList) -> Decoded:
    data, file = read_input(uri, allow)
    return Decoded(decode_image(data, redact(uri)), "RGB", file)


def decode_as_map(uri: str, allow: AllowList) -> Decoded:
    data, file = read_input(uri, allow)
    semantic_map = read_map(data, redact(uri))
    return Decoded(semantic_map.values, semantic_map.channels, file)
