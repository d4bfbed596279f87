"""Image files and tensors: what strangers' bytes may decode to, and how a result is written.

Imports torch only to make a tensor: a run's driver, which draws the contact sheet, does without it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from semstyle.errors import InputError
from semstyle.image_formats import JPEG, encode_image

if TYPE_CHECKING:
    from torch import Tensor

FORMATS = ("PNG", "JPEG", "WEBP")
STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF")
"""The first bytes of files of these formats."""
MAX_PIXELS = 8192 * 8192
MAX_BYTES = 256 * 2**20
"""The size of the largest file that is read as an image or map."""
PREVIEW_SIDE, PREVIEW_QUALITY = 384, 85

Pixels = np.ndarray[tuple[int, int, int], np.dtype[np.float32]]
"""The values of an image or a map, (H, W, C)."""
TURNED = {5, 6, 7, 8}
"""EXIF orientations whose width is the upright image's height."""
OTHER_IMAGES = {
    b"II*\0": "a TIFF image",
    b"MM\0*": "a TIFF image",
    b"GIF8": "a GIF",
    b"BM": "a BMP image",
    b"8BPS": "a Photoshop file",
    b"gimp xcf": "a GIMP file",
}
OTHER_KINDS = {
    b"%PDF": "a PDF",
    b"<": "text such as a web page or an SVG",
    b"\x93NUMPY": "a NumPy array, which only a map may be",
}
"""Other files that people give as images, by their first bytes."""
IN_WORDS = (*(b"P%d" % number for number in range(1, 8)), b"%!")
"""The first bytes of images that begin like text: PNM and PostScript."""
LINE_ENDS = dict.fromkeys(map(ord, "\r\n\t"))
OTHER_BRANDS = {b"avif": "an AVIF image", b"avis": "an AVIF image", b"heic": "a HEIC photo", b"heix": "a HEIC photo"}
"""Images that we do not read, by the brand that follows four bytes of size and ``ftyp``."""
SIXTEEN_BITS = {"I;16", "I;16L", "I;16B", "I;16N", "I"}  # how Pillow names grey PNGs of 16 bits


def decode_image(data: bytes, name: str) -> Tensor:
    """A PNG, JPEG or WebP of any colour mode as (3, H, W) float32 in 0..1, upright, transparency over white.

    Args:
        name: What to call it in errors.

    Raises:
        InputError: when it is something else, damaged, or larger than ``MAX_PIXELS``.
    """
    return rgb_tensor(image_pixels(open_image(data, name)))


def rgb_tensor(pixels: Pixels) -> Tensor:
    """(3, H, W) of the colours of (H, W, C): grey for 1 channel, over white for 4, which is done in ``pixels``."""
    if pixels.shape[2] == 1:
        pixels = pixels.repeat(3, axis=2)
    if pixels.shape[2] == 4:
        alpha = pixels[:, :, 3:]
        pixels = pixels[:, :, :3]
        pixels *= alpha  # in place, as an image of the largest size is 800 MB
        pixels += 1 - alpha
    return to_tensor(pixels)


def preview_of(image: Image.Image) -> bytes:
    """A small copy of an RGB image, for a look while it is being made: a JPEG, its long side ``PREVIEW_SIDE`` at most.

    An image that is smaller keeps its size.
    """
    small = image.copy()
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    return encode_image(small, JPEG, PREVIEW_QUALITY)


def encode_png(image: Image.Image, text: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """``image`` as a PNG file, with ``text`` under each key, which other programs show as comments."""
    return encode_image(image, texts=text)


def open_image(data: bytes, name: str) -> Image.Image:
    """The decoded image, turned upright as its EXIF says; its size is checked before its pixels are decoded."""
    image = undecoded_image(BytesIO(data), name)
    with told_as_damage(name):
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        return image


def undecoded_image(file: BinaryIO, name: str) -> Image.Image:
    """An image of which the header is read, and its size checked.

    Raises:
        InputError: when it is no image that we read, or too large.
    """
    start = file.read(12)
    file.seek(0)
    if not start:
        raise InputError(f"{name}: the file is empty")
    with told_as_damage(name, start), warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
        image = Image.open(file, formats=FORMATS)
        check_size(image.size, name)
        return image


def upright_size(image: Image.Image, name: str) -> tuple[int, int]:
    """(width, height) of an image once it is turned as its EXIF says; its pixels need not be decoded."""
    with told_as_damage(name):
        turned = image.getexif().get(ExifTags.Base.Orientation) in TURNED
    return image.size[::-1] if turned else image.size


@contextmanager
def told_as_damage(name: str, start: bytes = b"") -> Iterator[None]:
    """Turn what decoders raise about a file that begins with ``start`` into :class:`InputError`."""
    try:
        yield
    except (InputError, MemoryError):
        raise
    except UnidentifiedImageError:
        raise InputError(f"{name}: not a PNG, JPEG or WebP image{instead(start)}") from None
    except Image.DecompressionBombError:
        raise InputError(f"{name}: more than {MAX_PIXELS:,} pixels; scale it down") from None
    except Exception as error:  # decoders raise nearly anything on damaged bytes
        raise InputError(f"{name}: damaged image ({one_line(error)}); save or copy it again") from None


def instead(start: bytes) -> str:
    """Say, as the end of an error, what a file that begins with ``start`` seems to be; empty when that is unknown."""
    if kind := other_image(start) or next((kind for sign, kind in OTHER_KINDS.items() if start.startswith(sign)), None):
        return f", but {kind}; save it as one of these"
    is_text = start.isascii() and start.decode().translate(LINE_ENDS).isprintable() and not start.startswith(IN_WORDS)
    kind = "a Parquet file" if start.startswith(b"PAR1") else "text" if start and is_text else None
    return f", but {kind}; give the path of an image" if kind else ""


def other_image(start: bytes) -> str | None:
    """Name the kind of image that begins with ``start``, if it is one that we do not read."""
    brand = OTHER_BRANDS.get(start[8:12]) if start[4:8] == b"ftyp" else None
    return brand or next((kind for sign, kind in OTHER_IMAGES.items() if start.startswith(sign)), None)


def is_image(start: bytes) -> bool:
    """Whether a file that begins with ``start`` is an image of any kind that we know, readable or not."""
    return start.startswith(STARTS) or other_image(start) is not None


def map_mode(image: Image.Image) -> str:
    """The channels of ``image`` that a map keeps: ``L``, ``LA``, ``RGB`` or ``RGBA``."""
    if image.mode in SIXTEEN_BITS:
        return "L"
    grey = image.mode in {"1", "L", "LA", "La"}
    return ("L" if grey else "RGB") + ("A" if has_transparency(image) else "")


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


def image_pixels(image: Image.Image) -> Pixels:
    """(H, W, C) float32 in 0..1 of a picture's 1, 3 or, with transparency, 4 channels."""
    return pixel_values(image, "RGBA" if has_transparency(image) else "RGB")


def pixel_values(image: Image.Image, mode: str) -> Pixels:
    """(H, W, C) float32 in 0..1, in Pillow's ``mode``; 16-bit grey stays one channel."""
    if image.mode in SIXTEEN_BITS:
        pixels = np.asarray(image).astype(np.float32)
        pixels /= 65535
    else:
        pixels = np.asarray(image.convert(mode)).astype(np.float32)
        pixels /= 255
    return np.atleast_3d(pixels)


def to_tensor(pixels: Pixels) -> Tensor:
    """(H, W, C) array as a (C, H, W) tensor."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))
