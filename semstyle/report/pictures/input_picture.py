"""What a render was made from, as small pictures: images as WebP, semantic maps without a blended colour as PNG."""

from __future__ import annotations

import io
import re

import numpy as np
from PIL import Image

from semstyle.arrays import NPY_MAGIC, read_array
from semstyle.errors import InputError
from semstyle.farm.output.layout import REPORT
from semstyle.images import map_mode, open_image, pixel_values

INPUT_COLUMNS = ("style", "style_map", "target_map", "content")
MAP_COLUMNS = ("style_map", "target_map")
FOLDER = f"{REPORT}/inputs"
LONG_SIDE = 768
QUALITY = 85
SHA256 = re.compile(r"[0-9a-f]{64}")
NAME_LENGTH = 24


def picture_name(column: str, sha256: str | None) -> str | None:
    """Return the name of an input's picture; None for a file whose content is not known, or is no input's."""
    if column not in INPUT_COLUMNS or sha256 is None or not SHA256.fullmatch(sha256):
        return None
    return sha256[:NAME_LENGTH] + (".png" if column in MAP_COLUMNS else ".webp")


def input_picture(column: str, data: bytes, name: str) -> bytes:
    """Draw an input of at most ``LONG_SIDE`` pixels.

    Raises:
        InputError: when it is none, or damaged.
    """
    stream = io.BytesIO()
    if column in MAP_COLUMNS:
        map_image(data, name).save(stream, "PNG")
    else:
        webp(open_image(data, name), LONG_SIDE).save(stream, "WEBP", quality=QUALITY)
    return stream.getvalue()


def webp(image: Image.Image, long_side: int) -> Image.Image:
    """Return an image made smaller, if it is larger than ``long_side``, in colours that every WebP can have."""
    image = image.convert("RGBA" if map_mode(image).endswith("A") else "RGB")
    image.thumbnail((long_side, long_side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return image


def map_image(data: bytes, name: str) -> Image.Image:
    """Return a map whose colours are those of its file; of an array with more than 4 channels the first three."""
    if data.startswith(NPY_MAGIC):
        return array_image(read_array(data, name))
    image = open_image(data, name)
    if max(image.size) > LONG_SIDE:
        image = image.resize(small_size(*image.size), Image.Resampling.NEAREST)
    mode = map_mode(image)
    pixels = (pixel_values(image, mode) * 255).round().astype(np.uint8)
    return Image.fromarray(pixels[..., 0] if mode == "L" else pixels, mode)


def array_image(values: np.ndarray[tuple[int, int, int], np.dtype[np.float32]]) -> Image.Image:
    """Draw an array of any numbers: the smallest is black, the largest full colour."""
    width, height = small_size(values.shape[1], values.shape[0])
    rows = np.arange(height) * values.shape[0] // height
    columns = np.arange(width) * values.shape[1] // width
    small = values[rows][:, columns, :3]
    if small.shape[2] == 2:
        small = np.concatenate([small, np.zeros_like(small[..., :1])], axis=2)
    low, high = float(small.min()), float(small.max())
    pixels = ((small - low) / max(high - low, 1e-12) * 255).round().astype(np.uint8)
    return Image.fromarray(pixels if pixels.shape[2] == 3 else pixels[..., 0])


def small_size(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, LONG_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def require_same(sha256: str, expected: str | None, name: str) -> None:
    """Raise :class:`InputError` when another file is there now than the one that a render was made from."""
    if expected is not None and sha256 != expected:
        raise InputError(f"{name}: it has changed since it was rendered")
