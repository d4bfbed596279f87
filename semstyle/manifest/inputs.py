"""A row's files as tensors, ready to render."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from torch import Tensor

from semstyle.engine.parameters import INITS
from semstyle.images import MAX_BYTES, decode_image
from semstyle.manifest.decoded import Decoded, DecodedFiles
from semstyle.manifest.row import Row
from semstyle.maps import Asked, SemanticMap, check_aspect, pair, read_map
from semstyle.maps.making import MadeMaps, make_maps
from semstyle.maps.painted.remarks import map_remarks
from semstyle.storage import AllowList, file_version, read_bytes, redact

CACHE_BYTES = 256 * 2**20
DECODED = DecodedFiles(CACHE_BYTES)
MADE_KEPT = 16
"""Sets of maps that were made last; a grid repeats them."""
EVERYWHERE = AllowList()
"""That is public."""


@dataclass(frozen=True)
class Inputs:
    """What a :class:`semstyle.engine.Request` holds besides parameters; images (3, H, W), maps (M, h, w). Read-only.

    Attributes:
        made: The maps as they are saved, when they were made and not read.
        remarks: What is the matter with the maps, a line each, without credentials.
    """

    styles: tuple[Tensor, ...]
    style_maps: tuple[Tensor, ...] | None
    target_map: Tensor | None
    content: Tensor | None
    init_image: Tensor | None
    made: MadeMaps | None = None
    remarks: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The fields as keyword arguments of ``Request``."""
        return {name: value for name, value in vars(self).items() if name not in {"made", "remarks"}}


def load_inputs(row: Row, allow: AllowList = EVERYWHERE, torchscript: bool = False) -> Inputs:
    """Read, decode and check everything that ``row`` names.

    Grids repeat their images, so decoded files are kept up to ``CACHE_BYTES``.

    Args:
        torchscript: Whether maps may be made by networks in TorchScript, which are programs.

    Raises:
        InputError: when a file is not an image, maps do not pair, or a map's aspect is not its image's.
        StorageError: when a file cannot be read, is too large, or ``allow`` does not allow it or what it redirects to.
    """
    for _, uri in row.uris():
        allow.check(uri)
    styles = tuple(read_image(uri, allow) for uri in row.styles)
    content = None if row.content is None else read_image(row.content, allow)
    init = row.parameters.init
    init_image = None if init in INITS else read_image(init, allow)
    if row.style_maps is None or row.target_map is None:
        return Inputs(styles, None, None, content, init_image)
    if row.asked_maps is not None and row.content is not None:
        images = (*row.styles, row.content)
        versions = tuple(file_version(uri, allow) for uri in images)
        made = made_maps(images, row.asked_maps, allow, versions, torchscript)
        return Inputs(
            styles, tuple(one.tensor() for one in made.styles), made.target.tensor(), content, init_image, made
        )
    style_maps = [fitting_map(uri, style, allow) for uri, style in zip(row.style_maps, row.styles, strict=True)]
    target_map = fitting_map(row.target_map, row.content, allow)
    maps = pair(style_maps, target_map)
    return Inputs(styles, *maps, content, init_image, remarks=map_remarks(style_maps, target_map))


@lru_cache(maxsize=MADE_KEPT)
def made_maps(
    images: tuple[str, ...], asked: Asked, allow: AllowList, versions: tuple[str, ...], torchscript: bool
) -> MadeMaps:
    """The maps of ``images``, the last of which is the content; ``versions`` make images that have changed others."""
    *styles, target = (read_image(uri, allow) for uri in images)
    return make_maps(styles, target, asked, allow, torchscript)


def check_input(row: Row, column: str, uri: str) -> None:
    """Open what one column of ``row`` names; raises as :func:`load_inputs`."""
    if column == "encoder" or (column == "style_map" and row.asked_maps is not None):
        file_version(uri, EVERYWHERE)
    elif column == "style_map":
        for style, style_map in zip(row.styles, row.style_maps or (), strict=True):
            if style_map == uri:
                fitting_map(uri, style)
    elif column == "target_map":
        fitting_map(uri, row.content)
    else:
        read_image(uri)


def read_image(uri: str, allow: AllowList = EVERYWHERE) -> Tensor:
    return DECODED.get(uri, "image", partial(decode_as_image, allow=allow), allow).tensor


def fitting_map(uri: str, image_uri: str | None, allow: AllowList = EVERYWHERE) -> SemanticMap:
    """The map at ``uri``, its aspect that of its image, when there is one."""
    semantic_map = read_semantic_map(uri, allow)
    if image_uri is not None:
        check_aspect(semantic_map, read_image(image_uri, allow), redact(image_uri))
    return semantic_map


def read_semantic_map(uri: str, allow: AllowList) -> SemanticMap:
    decoded = DECODED.get(uri, "map", partial(decode_as_map, allow=allow), allow)
    return SemanticMap(decoded.tensor, decoded.channels, redact(uri))


def decode_as_image(uri: str, allow: AllowList) -> Decoded:
    return Decoded(decode_image(read_bytes(uri, MAX_BYTES, allow), redact(uri)), "RGB")


def decode_as_map(uri: str, allow: AllowList) -> Decoded:
    semantic_map = read_map(read_bytes(uri, MAX_BYTES, allow), redact(uri))
    return Decoded(semantic_map.values, semantic_map.channels)
