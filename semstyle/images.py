"""Image files and tensors: what strangers' bytes may decode to, and how a result is written.

Imports torch only to make a tensor: a run's driver, which draws the contact sheet, does without it.
"""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from semstyle.engine.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_PIXELS = 8192 * 8192
MAX_BYTES = 256 * 2**20
"""Largest file that is read as an image or map."""

SIXTEEN_BITS = {"I;16", "I;16L", "I;16B", "I;16N", "I"}  # how Pillow names grey PNGs of 16 bits


def decode_image(data: bytes, name: str) -> Tensor:
    """A PNG, JPEG or WebP of any colour mode as (3, H, W) float32 in 0..1, upright, transparency over white.

    Args:
        name: What to call it in errors.

    Raises:
        InputError: when it is something else, damaged, or larger than ``MAX_PIXELS``.
    """
    image = open_image(data, name)
    pixels = pixel_values(image, "RGBA" if has_transparency(image) else "RGB")
    if pixels.shape[2] == 1:
        pixels = pixels.repeat(3, axis=2)
    if pixels.shape[2] == 4:
        alpha = pixels[:, :, 3:]
        pixels = pixels[:, :, :3]
        pixels *= alpha  # in place, as an image of the largest size is 800 MB
        pixels += 1 - alpha
    return to_tensor(pixels)


def encode_png(image: Image.Image) -> bytes:
    """``image`` as a PNG file."""
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def open_image(data: bytes, name: str) -> Image.Image:
    """The decoded image, turned upright as its EXIF says; its size is checked before its pixels are decoded."""
    if not data:
        raise InputError(f"{name}: the file is empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            image = Image.open(BytesIO(data), formats=FORMATS)
        check_size(image.size, name)
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        return image
    except (InputError, MemoryError):
        raise
    except UnidentifiedImageError:
        raise InputError(f"{name}: not a PNG, JPEG or WebP image") from None
    except Image.DecompressionBombError:
        raise InputError(f"{name}: more than {MAX_PIXELS:,} pixels; scale it down") from None
    except Exception as error:  # decoders raise nearly anything on damaged bytes
        raise InputError(f"{name}: damaged image ({one_line(error)})") from None


def one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def check_size(size: tuple[int, int], name: str) -> None:
    """Refuse an image of ``size`` (width, height) with more than ``MAX_PIXELS``, or none."""
    width, height = size
    if width * height > MAX_PIXELS:
        raise InputError(f"{name}: {width}×{height} is more than {MAX_PIXELS:,} pixels; scale it down")
    if width * height == 0:
        raise InputError(f"{name}: {width}×{height}, an image without pixels")


def has_transparency(image: Image.Image) -> bool:
    return image.mode in {"LA", "PA", "RGBA", "La", "RGBa"} or (
        "transparency" in image.info and image.mode not in SIXTEEN_BITS
    )


def pixel_values(image: Image.Image, mode: str) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    """(H, W, C) float32 in 0..1, in Pillow's ``mode``; 16-bit grey stays one channel."""
    if image.mode in SIXTEEN_BITS:
        pixels = np.asarray(image).astype(np.float32)
        pixels /= 65535
    else:
        pixels = np.asarray(image.convert(mode)).astype(np.float32)
        pixels /= 255
    return np.atleast_3d(pixels)


def to_tensor(pixels: np.ndarray[tuple[int, int, int], np.dtype[np.float32]]) -> Tensor:
    """(H, W, C) array as a (C, H, W) tensor."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))
