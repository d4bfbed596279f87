"""The forms a made map may take: flat colours, a channel for each label, or an embedding in three channels."""

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
    """A map as it is saved: (h, w, 3) of bytes is a PNG, (h, w, K) of half-precision numbers a ``.npy``.

    Attributes:
        is_embedded: Whether colours between those of labels are meant; the file says so.
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
        """(M, h, w): what reading the saved file gives, so that a render by it is the same."""
        return read_map(self.file(), "a made map").values


def in_form(memberships: Memberships, form: str, images: Sequence[Tensor]) -> list[MadeMap]:
    """The maps of all images; ``images`` (3, H, W) only lend colours of the ``hard`` form their looks."""
    if form == "hard":
        return hard(memberships, images)
    return soft(memberships) if form == "soft" else embedded(memberships)


def hard(memberships: Memberships, images: Sequence[Tensor]) -> list[MadeMap]:
    """Each pixel in the colour of the label it most belongs to."""
    labels = [cleaned(one.argmax(0).astype(np.uint8)) for one in memberships.maps]
    palette = colors_like(mean_colors(labels, images, len(memberships.names)))
    return [MadeMap(palette[one]) for one in labels]


def mean_colors(labels: Sequence[NDArray[np.uint8]], images: Sequence[Tensor], count: int) -> NDArray[np.float64]:
    """(count, 3) in 0..1, over all images; grey for a label that none has."""
    sums, areas = np.zeros((count, 3)), np.zeros(count)
    for one, image in zip(labels, images, strict=True):
        pixels = F.interpolate(image[None].cpu().float(), one.shape, mode="area")[0].flatten(1).numpy()
        sums += np.stack([np.bincount(one.ravel(), channel, minlength=count) for channel in pixels], 1)
        areas += np.bincount(one.ravel(), minlength=count)
    return np.where(areas[:, None] > 0, sums / np.maximum(areas, 1)[:, None], 0.5)


def soft(memberships: Memberships) -> list[MadeMap]:
    """A channel for each label."""
    return [MadeMap(np.moveaxis(one, 0, 2).astype(np.float16)) for one in memberships.maps]


def embedded(memberships: Memberships) -> list[MadeMap]:
    """Three channels, in which labels that are mistaken for each other are near, as colours are in a painted map."""
    places = label_places(memberships)
    values = [np.tensordot(one, places, (0, 0)) for one in memberships.maps]
    low = np.min([one.min((0, 1)) for one in values], 0)
    span = max(float(np.max([(one - low).max() for one in values])), 1e-6)
    return [MadeMap(((one - low) / span * 255).round().astype(np.uint8), is_embedded=True) for one in values]


def label_places(memberships: Memberships) -> NDArray[np.float64]:
    """(K, 3): the labels' principal components.

    A label is described by what its pixels belong to on average: two that the same pixels half belong to are alike.
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
