"""Turning the semantic maps that people have, in whatever form, into tensors of channels × height × width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from semstyle.arrays import NPY_MAGIC, check_map_array, map_values, read_array
from semstyle.engine.inputs.pictures import (
    FEW,
    Array,
    Picture,
    Pictures,
    array_advice,
    named,
    read_file,
    scaled,
    tensor_advice,
    upright,
)
from semstyle.errors import InputError
from semstyle.images import Pixels, map_mode, open_image, pixel_values, to_tensor


@dataclass(frozen=True)
class MapPicture:
    """A semantic map.

    Attributes:
        values: (M, h, w).
        has_alpha: Whether the last channel is an image's alpha.
    """

    values: Tensor
    has_alpha: bool = False


def as_maps(
    style_maps: Pictures | None, target_map: Picture | None, styles: Sequence[Tensor]
) -> tuple[tuple[Tensor, ...] | None, Tensor | None]:
    """Return the styles' maps and the target's as tensors (M, h, w); an image keeps its channels, L, LA, RGB or RGBA.

    An image's alpha that is opaque everywhere and that other maps lack is dropped, as drawing programs add it unasked.

    Args:
        styles: (3, H, W) each; maps must have the aspect of their style, but those given as tensors are not checked.

    Raises:
        InputError: as :func:`semstyle.engine.inputs.pictures.as_image`.
    """
    pictures = [] if style_maps is None else named(style_maps, "style_map")
    maps = [as_map(picture, name) for name, picture in pictures]
    for (name, picture), one, style in zip(pictures, maps, styles, strict=False):
        if not isinstance(picture, Tensor):
            check_aspect(one.values, style, name)
    targets = [] if target_map is None else [as_map(target_map, "target_map")]
    values = without_idle_alpha([*maps, *targets])
    return tuple(values[: len(maps)]) or None, values[-1] if targets else None


def check_aspect(values: Tensor, style: Tensor, name: str) -> None:
    (map_height, map_width), (height, width) = values.shape[1:], style.shape[1:]
    # A side off by up to one pixel, in the pixels of the smaller of the two.
    if abs(map_width * height - map_height * width) > max(map_height, map_width, height, width):
        raise InputError(
            f"{name}: {map_width}×{map_height} pixels, and its style {width}×{height}: they need the same aspect; "
            "crop or scale one of them"
        )


def as_map(picture: Picture, argument: str) -> MapPicture:
    """Return a map; the numbers of a ``.npy`` file stay what they are."""
    if isinstance(picture, Tensor):
        return MapPicture(map_tensor(picture, argument))
    if isinstance(picture, Image.Image):
        return map_of_image(upright(picture, argument))
    if isinstance(picture, np.ndarray):
        return MapPicture(to_tensor(array_map(picture, argument)))
    content, name = read_file(picture, argument)
    if content.startswith(NPY_MAGIC):
        return MapPicture(to_tensor(read_array(content, name)))
    return map_of_image(open_image(content, name))


def map_of_image(image: Image.Image) -> MapPicture:
    mode = map_mode(image)
    return MapPicture(to_tensor(pixel_values(image, mode)), mode.endswith("A"))


def without_idle_alpha(maps: Sequence[MapPicture]) -> list[Tensor]:
    fewest = min((len(one.values) for one in maps), default=0)
    return [
        one.values[:-1]
        if one.has_alpha and len(one.values) == fewest + 1 and bool((one.values[-1] == 1).all())
        else one.values
        for one in maps
    ]


def map_tensor(tensor: Tensor, argument: str) -> Tensor:
    """Return a tensor that was given as a map, (M, h, w)."""
    shape = tuple(tensor.shape)
    if len(shape) == 3 and shape[2] <= FEW < shape[0]:
        raise InputError(f"{argument}: a tensor of shape {shape}; {tensor_advice(shape)}")
    if len(shape) not in (2, 3) or 0 in shape:
        raise InputError(f"{argument}: a tensor of shape {shape}; that of a map is channels × height × width")
    values = tensor if len(shape) == 3 else tensor[None]
    return values.contiguous().to(torch.float32) / 255 if values.dtype == torch.uint8 else values


def array_map(array: Array, argument: str) -> Pixels:
    """Return an array that was given as a map, (h, w, M)."""
    shape = array.shape
    if len(shape) == 3 and shape[0] <= FEW < shape[2]:
        raise InputError(f"{argument}: an array of shape {shape}; {array_advice(shape)}")
    check_map_array(shape, array.dtype, argument)
    return map_values(scaled(array), argument)
