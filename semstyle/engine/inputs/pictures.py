"""Turning the pictures that people have, in whatever form, into what a render takes: channels × height × width.

A picture is a path, a PIL image, an array (height × width × channels, or height × width), or a tensor. Whole numbers of
8 and 16 bits become 0..1, whatever holds them; tensors of floats stay what they are.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from semstyle.errors import InputError
from semstyle.images import (
    MAX_BYTES,
    Pixels,
    check_size,
    decode_image,
    image_pixels,
    rgb_tensor,
    told_as_damage,
)

Array = np.ndarray[Any, np.dtype[Any]]
Picture = Tensor | Array | Image.Image | str | os.PathLike[str]
Pictures = Picture | Iterable[Picture]
"""One picture, or several."""

PICTURE_TYPES = (Tensor, np.ndarray, Image.Image, str, os.PathLike)
KINDS = "a path, a PIL image, an array (height × width × channels) or a tensor (channels × height × width)"
PIL_MODES = {"1", "L", "LA", "La", "RGB", "RGBA", "RGBa", "CMYK", "YCbCr", "I;16", "I;16L", "I;16B", "I;16N"}
FULL_SCALES = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0}
OVERSHOOT = 0.5
"""How far an image's floats may lie outside 0..1, as after enlarging or sharpening; if farther, they have another
scale."""
FEW = 4
"""How many channels an image has at most; a map with so few columns, and more channels, has its axes the wrong way."""


def as_images(pictures: Pictures, argument: str) -> tuple[Tensor, ...]:
    """Turn each picture into an image by :func:`as_image`.

    Args:
        argument: What to call the pictures in errors.
    """
    return tuple(as_image(picture, name) for name, picture in named(pictures, argument))


def as_image(picture: Picture, argument: str) -> Tensor:
    """Turn a picture into an image (3, H, W) in 0..1: grey is repeated, and what is transparent lies on white.

    Raises:
        InputError: when there is no such picture, or its shape or values are wrong; the message says what they may be.
    """
    if isinstance(picture, Tensor):
        return image_tensor(picture, argument)
    if isinstance(picture, Image.Image):
        return rgb_tensor(image_pixels(upright(picture, argument)))
    if isinstance(picture, np.ndarray):
        return rgb_tensor(array_pixels(picture, argument))
    content, name = read_file(picture, argument)
    return decode_image(content, name)


def named(pictures: Pictures, argument: str) -> list[tuple[str, Picture]]:
    """Return each picture with what to call it in errors: ``style``, or ``style[1]`` if there are several."""
    if isinstance(pictures, PICTURE_TYPES):
        return [(argument, pictures)]
    if not isinstance(pictures, Iterable) or isinstance(pictures, bytes | dict):
        raise unknown_kind(pictures, argument, ", or a list of these")
    several = list(pictures)
    return [(f"{argument}[{number}]" if len(several) > 1 else argument, one) for number, one in enumerate(several)]


def image_tensor(tensor: Tensor, argument: str) -> Tensor:
    """Check a tensor that was given as an image; one of floats is returned as it is."""
    shape = tuple(tensor.shape)
    if len(shape) != 3 or shape[0] != 3:
        raise InputError(f"{argument}: a tensor of shape {shape}; {tensor_advice(shape)}")
    check_size((shape[2], shape[1]), argument)
    if tensor.dtype == torch.uint8:
        return tensor.contiguous().to(torch.float32) / 255
    if not tensor.is_floating_point():
        raise InputError(f"{argument}: a tensor of {tensor.dtype}; give floats in 0..1, or uint8 in 0..255")
    low, high = torch.aminmax(tensor.detach())
    check_range(float(low), float(high), argument)
    return tensor


def tensor_advice(shape: tuple[int, ...]) -> str:
    if len(shape) == 3 and shape[2] <= FEW:
        return "a tensor is channels × height × width: permute(2, 0, 1) it"
    if len(shape) == 4:
        return f"this is a batch of {shape[0]}; give a list of tensors 3 × height × width"
    return "that of an image is 3 × height × width"


def array_pixels(array: Array, argument: str) -> Pixels:
    """Return an array that was given as an image: (H, W, C) in 0..1 with 1, 3 or 4 channels, in memory of its own."""
    shape = array.shape
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (1, 3, 4)):
        raise InputError(f"{argument}: an array of shape {shape}; {array_advice(shape)}")
    check_size((shape[1], shape[0]), argument)
    if array.dtype not in FULL_SCALES and array.dtype.kind not in "fb":
        raise InputError(f"{argument}: an array of {array.dtype}; give floats in 0..1, or uint8 in 0..255")
    pixels = scaled(array)
    check_range(float(pixels.min()), float(pixels.max()), argument)
    return np.atleast_3d(pixels)


def array_advice(shape: tuple[int, ...]) -> str:
    if len(shape) == 3 and shape[0] <= FEW:
        return "an array is height × width × channels: transpose(1, 2, 0) it"
    if len(shape) == 4:
        return f"this is a batch of {shape[0]}; give a list of arrays height × width × 3"
    return "that of an image is height × width × 3, or height × width of grey"


def scaled(array: Array) -> Array:
    """Return ``array`` in float32 and in memory of its own; whole numbers of 8 and 16 bits become 0..1."""
    with np.errstate(over="ignore"):  # what is too large is told as not finite
        return array.astype(np.float32) / np.float32(FULL_SCALES.get(array.dtype, 1.0))


def check_range(low: float, high: float, argument: str) -> None:
    if low >= -OVERSHOOT and high <= 1 + OVERSHOOT:
        return
    if not (math.isfinite(low) and math.isfinite(high)):
        raise InputError(f"{argument}: holds numbers that are not finite")
    way = "divide it by 255" if low >= 0 and high <= 255 else "scale it"
    raise InputError(f"{argument}: floats from {low:.4g} to {high:.4g}, where an image has 0 to 1; {way}")


def upright(image: Image.Image, argument: str) -> Image.Image:
    """Check a PIL image, and turn it as its EXIF says."""
    check_size(image.size, argument)
    if image.mode not in PIL_MODES:
        raise InputError(f"{argument}: a PIL image of mode {image.mode}; give image.convert('RGB'), or its path")
    with told_as_damage(argument):
        return ImageOps.exif_transpose(image)


def read_file(picture: object, argument: str) -> tuple[bytes, str]:
    """Return the content of a file on this machine, and what to call it in errors."""
    if not isinstance(picture, str | os.PathLike):
        raise unknown_kind(picture, argument)
    text = str(picture)
    scheme, slashes, _ = text.partition("://")
    if slashes:  # whose rest may hold a password
        raise InputError(f"{argument}: a URI ({scheme}://…); render() reads local files, `semstyle render` URIs")
    name = f"{argument}: {text}"
    try:
        if not Path(text).is_file():
            raise InputError(f"{name}: {'this is a folder' if Path(text).is_dir() else 'there is no such file'}")
        if Path(text).stat().st_size > MAX_BYTES:
            raise InputError(f"{name}: larger than {MAX_BYTES // 2**20} MiB, the most for an image or map")
        return Path(text).read_bytes(), name
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror})") from None


def unknown_kind(picture: object, argument: str, more: str = "") -> InputError:
    return InputError(f"{argument}: got {type(picture).__name__}; give {KINDS}{more}")
