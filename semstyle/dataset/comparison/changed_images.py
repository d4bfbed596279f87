"""Which images changed between two nights, and by how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from pydantic import BaseModel

from semstyle.dataset.comparison.matching import Pair
from semstyle.errors import InputError
from semstyle.farm.many_at_once import in_order
from semstyle.images import open_image
from semstyle.storage import Folder, MissingObjectError, UnsuitableFileError, UriError, one_line, redact

WORST = 10
COMPARED_SIDE = 1024
"""Larger images are compared at this long side, so that it takes little memory."""
READERS = 2
WINDOW = 7
"""The side of SSIM's window."""


class ImageChange(BaseModel):
    """Two images that were looked at and whose pixels differ.

    Attributes:
        before: The id of the render before.
        after: The id of the render after.
        image_before: Where its image is in the folder before; the same after.
        psnr: Their peak signal-to-noise ratio in dB; None when they have different sizes.
        ssim: Their structural similarity, 1 for the same; None when they have different sizes.
        note: What else there is to say, such as their sizes.
    """

    before: str
    after: str
    image_before: str
    image_after: str
    psnr: float | None = None
    ssim: float | None = None
    note: str = ""


class ImageChanges(BaseModel):
    """The images of all pairs.

    Attributes:
        unchanged: Pairs whose files have the same SHA-256; they are not decoded.
        differing: Pairs whose files differ.
        looked_at: How many of these were decoded, evenly chosen.
        same_pixels: How many of those have the same pixels in another file.
        unreadable: How many could not be compared as an image is missing or damaged.
        psnr: The mean over those of which it is known, in dB; None when there is none.
        ssim: The same of SSIM.
        worst: The ten that changed most: those of other sizes, then those of the lowest SSIM.
    """

    unchanged: int
    differing: int
    looked_at: int
    same_pixels: int
    unreadable: int
    psnr: float | None
    ssim: float | None
    worst: list[ImageChange]


@dataclass(frozen=True)
class Looked:
    """What became of looking at a pair: its change, None when the pixels are the same; or that it is unreadable."""

    change: ImageChange | None
    is_unreadable: bool = False


def image_changes(before: Folder, after: Folder, pairs: Sequence[Pair], most: int) -> ImageChanges:
    """Compare the images of ``pairs``; those of the same SHA-256 count as unchanged without being read.

    Args:
        most: How many of the others are decoded, evenly chosen over the manifest's order.

    Raises:
        StorageError: when storage gives out.
    """
    differing = [pair for pair in pairs if not has_same_file(pair)]
    chosen = evenly(differing, most)
    looked = list(in_order(lambda pair: look_at(before, after, pair), chosen, READERS))
    changes = [found.change for found in looked if found.change is not None]
    known = [(change.psnr, change.ssim) for change in changes if change.psnr is not None and change.ssim is not None]
    psnr, ssim = np.mean(known, axis=0).tolist() if known else (None, None)
    return ImageChanges(
        unchanged=len(pairs) - len(differing),
        differing=len(differing),
        looked_at=len(chosen),
        same_pixels=sum(found.change is None and not found.is_unreadable for found in looked),
        unreadable=sum(found.is_unreadable for found in looked),
        psnr=psnr,
        ssim=ssim,
        worst=sorted(changes, key=lambda change: -1.0 if change.ssim is None else change.ssim)[:WORST],
    )


def has_same_file(pair: Pair) -> bool:
    return pair.before.image_sha256 is not None and pair.before.image_sha256 == pair.after.image_sha256


def evenly(pairs: Sequence[Pair], most: int) -> list[Pair]:
    """Return ``most`` of ``pairs`` at even distances, the first and the last among them; all when there are fewer."""
    if len(pairs) <= most:
        return list(pairs)
    return [pairs[place] for place in np.linspace(0, len(pairs) - 1, most).round().astype(int)]


def look_at(before: Folder, after: Folder, pair: Pair) -> Looked:
    try:
        one, other = read_image(before, pair.before.image), read_image(after, pair.after.image)
    except (MissingObjectError, UriError, UnsuitableFileError, InputError):
        return Looked(None, is_unreadable=True)
    change = ImageChange(
        before=one_line(pair.before.render_id),
        after=one_line(pair.after.render_id),
        image_before=pair.before.image,
        image_after=pair.after.image,
    )
    if one.size != other.size:
        sizes = " and ".join(f"{picture.width}×{picture.height}" for picture in (one, other))
        return Looked(change.model_copy(update={"note": f"{sizes} pixels"}))
    if np.array_equal(np.asarray(one), np.asarray(other)):
        return Looked(None)
    psnr, ssim = likeness(one, other)
    return Looked(change.model_copy(update={"psnr": psnr, "ssim": ssim}))


def read_image(folder: Folder, path: str) -> Image.Image:
    """Read an image as RGB.

    Raises:
        InputError: when it is damaged.
        StorageError: when it is not there, or storage gives out.
    """
    return open_image(folder.read(path), redact(folder.location(path))).convert("RGB")


def likeness(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """Return PSNR in dB and SSIM (Wang et al. 2004) of two images of one size, over 8 bits of all three colours."""
    # Here, as both take a while to import and are not needed for nights without changed images.
    from skimage.metrics import mean_squared_error, structural_similarity

    pixels = [np.asarray(compared(picture)) for picture in (one, other)]
    error = float(mean_squared_error(*pixels))
    side = min(WINDOW, *(length - 1 + length % 2 for length in pixels[0].shape[:2]))
    ssim = structural_similarity(*pixels, channel_axis=2, data_range=255, win_size=side)
    # Rounded away by making a large image smaller, a difference may be none; it then counts as one of a single step.
    least = 1 / pixels[0].size
    return 10 * float(np.log10(255**2 / max(error, least))), float(ssim)


def compared(picture: Image.Image) -> Image.Image:
    """Return ``picture``, made smaller when its long side is over ``COMPARED_SIDE``."""
    if max(picture.size) > COMPARED_SIDE:
        picture = picture.copy()
        picture.thumbnail((COMPARED_SIDE, COMPARED_SIDE), Image.Resampling.BOX)
    return picture
