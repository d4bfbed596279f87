"""Writing a map in one of its forms: flat colours, a channel for each label, or an embedding in three channels."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from semstyle.maps.memberships import Memberships
from semstyle.maps.palette import colors_like
from semstyle.maps.reading import EMBEDDED, FORM_KEY, read_map
from semstyle.maps.regions import cleaned


@dataclass(frozen=True)
class MadeMap:
    """A map as it is saved: (h, w, 3) of bytes in a PNG, or (h, w, K) of half-precision numbers in a ``.npy``.

    Attributes:
        is_embedded: Whether colours between those of labels have a meaning, which the PNG then says.
    """

    values: NDArray[np.uint8] | NDArray[np.float16]
    is_embedded: bool = False

    @property
    def suffix(self) -> str:
        return ".png" if self.values.dtype == np.uint8 else ".npy"

    def file(self) -> bytes:
        """The bytes to save."""
        file = io.BytesIO()
        if self.suffix == ".png":
            text = PngInfo()
            if self.is_embedded:
                text.add_text(FORM_KEY, EMBEDDED)
            Image.fromarray(self.values).save(file, "PNG", pnginfo=text)
            return file.getvalue()
        np.save(file, self.values, allow_pickle=False)
        return file.getvalue()

    def tensor(self) -> Tensor:
        """Return what reading the saved file gives, (M, h, w), so that a render by the file is the same."""
        return read_map(self.file(), "a made map").values


def in_form(memberships: Memberships, form: str, images: Sequence[Tensor]) -> list[MadeMap]:
    """Return the maps of all images in ``form``; ``images`` (3, H, W) only serve to choose colours for ``hard``."""
    if form == "hard":
        return hard(memberships, images)
    return soft(memberships) if form == "soft" else embedded(memberships)


def hard(memberships: Memberships, images: Sequence[Tensor]) -> list[MadeMap]:
    """Give each pixel the colour of the label that it most belongs to."""
    labels = [cleaned(one.argmax(0).astype(np.uint8)) for one in memberships.maps]
    palette = colors_like(mean_colors(labels, images, len(memberships.names)))
    return [MadeMap(palette[one]) for one in labels]


def mean_colors(labels: Sequence[NDArray[np.uint8]], images: Sequence[Tensor], count: int) -> NDArray[np.float64]:
    """Return each label's mean colour over all images, (count, 3) in 0..1; grey for a label that none of them has."""
    sums, areas = np.zeros((count, 3)), np.zeros(count)
    for one, image in zip(labels, images, strict=True):
        pixels = F.interpolate(image[None].cpu().float(), one.shape, mode="area")[0].flatten(1).numpy()
        sums += np.stack([np.bincount(one.ravel(), channel, minlength=count) for channel in pixels], 1)
        areas += np.bincount(one.ravel(), minlength=count)
    return np.where(areas[:, None] > 0, sums / np.maximum(areas, 1)[:, None], 0.5)


def soft(memberships: Memberships) -> list[MadeMap]:
    """Give each label a channel."""
    return [MadeMap(np.moveaxis(one, 0, 2).astype(np.float16)) for one in memberships.maps]


def embedded(memberships: Memberships) -> list[MadeMap]:
    """Give labels colours in three channels, so that labels which are easily confused have near ones."""
    places = label_places(memberships)
    values = [np.tensordot(one, places, (0, 0)) for one in memberships.maps]
    low = np.min([one.min((0, 1)) for one in values], 0)
    span = max(float(np.max([(one - low).max() for one in values])), 1e-6)
    return [MadeMap(((one - low) / span * 255).round().astype(np.uint8), is_embedded=True) for one in values]


def label_places(memberships: Memberships) -> NDArray[np.float64]:
    """Return a place for each label, (K, 3): its principal components.

    A label is described by what its pixels belong to on average, so that two labels which share pixels are alike.
    """
    pixels = np.concatenate([one.reshape(len(one), -1) for one in memberships.maps], 1).astype(np.float64)
    shares = np.maximum(pixels.sum(1), 1e-9)
    described = pixels @ pixels.T / shares[:, None]
    centred = described - (shares / shares.sum()) @ described
    weights = np.sqrt(shares / shares.sum())[:, None]
    _, _, axes = np.linalg.svd(weights * centred, full_matrices=False)
    axes = axes[:3] * np.sign(axes[:3][np.arange(min(3, len(axes))), np.abs(axes[:3]).argmax(1)])[:, None]
    places = np.zeros((len(described), 3))
    places[:, : len(axes)] = centred @ axes.T
    return places
