"""A picture of where the patches of a finished image come from, small enough to be a part of its record."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, PngImagePlugin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semstyle.engine.patches.origins import Origins

LONG_SIDE = 128
"""A longer grid of patches is thinned out, so that a record stays below 64 KiB."""
PATCH_KEY = "patch"
"""The key of the text in the picture that says how large a patch is, as a share of the style's width."""


def origin_map(origins: Mapping[str, Origins]) -> bytes | None:
    """Draw the origins of the first style layer as a PNG, or return None where no patches were matched.

    A pixel stands for a patch of the image. Its red is the patch's place in the style from left (0) to right (255), its
    green the same from top to bottom, its blue the number of the style.
    """
    found = next(iter(origins.values()), None)
    if found is None or not found.style.numel():
        return None
    channels = [places(found.column.numpy()), places(found.row.numpy()), found.style.numpy().astype(np.uint8)]
    pixels = thinned(np.stack(channels, axis=-1))
    texts = PngImagePlugin.PngInfo()
    texts.add_text(PATCH_KEY, f"{found.patch:.4g}")
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", pnginfo=texts)
    return stream.getvalue()


def middles(side: int, count: int) -> NDArray[np.int64]:
    """Return the middle ones of ``count`` equal parts of the numbers below ``side``."""
    return ((np.arange(count) + 0.5) * side / count).astype(np.int64)


def places(shares: NDArray[np.float32]) -> NDArray[np.uint8]:
    return (shares * 255).round().clip(0, 255).astype(np.uint8)


def thinned(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (H, W, 3) with at most ``LONG_SIDE`` rows and columns, evenly chosen: places have no mean."""
    step = max(1.0, max(pixels.shape[:2]) / LONG_SIDE)
    rows, columns = (middles(side, max(1, round(side / step))) for side in pixels.shape[:2])
    small: NDArray[np.uint8] = pixels[rows[:, None], columns[None, :]]
    return small
