"""This module makes training crops: photographs, damaged in the ways an image being optimised is damaged."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle import storage
from semstyle.errors import InputError
from semstyle.images import decode_image

HELD_OUT = 16
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True)
class Photograph:
    """A photograph, whose ``pixels`` (3, H, W) are uint8 so that thousands fit in memory."""

    name: str
    pixels: Tensor

    def square(self, size: int) -> Tensor:
        """Return the largest centred square, reduced to (3, size, size) in 0..1."""
        side = min(self.pixels.shape[1:])
        top, left = (self.pixels.shape[1] - side) // 2, (self.pixels.shape[2] - side) // 2
        return self.square_at(top, left, side, size)

    def corner_squares(self, size: int) -> list[Tensor]:
        """Return squares at the first and the last corner, half as long as the image, each (3, size, size) in 0..1."""
        height, width = self.pixels.shape[1:]
        side = min(height, width, max(height, width) // 2)
        return [self.square_at(0, 0, side, size), self.square_at(height - side, width - side, side, size)]

    def square_at(self, top: int, left: int, side: int, size: int) -> Tensor:
        square = self.pixels[None, :, top : top + side, left : left + side].float() / 255
        return F.interpolate(square, (size, size), mode="bilinear", antialias=True)[0]


def read_photographs(uri: str) -> list[Photograph]:
    """Read the photographs of a folder or of a ``.tar``, sorted by name.

    Raises:
        InputError: there are no more than are held out, or one cannot be decoded.
    """
    files = _tar_files(uri) if uri.endswith(".tar") else _folder_files(uri)
    photographs = sorted((read_photograph(data, name) for name, data in files), key=lambda photograph: photograph.name)
    if len(photographs) <= HELD_OUT:
        raise InputError(
            f"photographs {storage.redact(uri)}: {len(photographs)} there; distilling needs more than {HELD_OUT}"
        )
    return photographs


def read_photograph(data: bytes, name: str) -> Photograph:
    return Photograph(name, (decode_image(data, name) * 255).round().to(torch.uint8))


def split(photographs: Sequence[Photograph]) -> tuple[list[Photograph], list[Photograph]]:
    """Return (training, held out): 16 photographs, evenly spread over the names, are never trained on."""
    step = len(photographs) // HELD_OUT
    held_out = range(0, step * HELD_OUT, step)
    return [x for index, x in enumerate(photographs) if index not in held_out], [photographs[i] for i in held_out]


def _folder_files(uri: str) -> Iterator[tuple[str, bytes]]:
    folder = storage.Folder(uri)
    for name in folder.names(""):
        if PurePosixPath(name).suffix.lower() in SUFFIXES:
            yield name, folder.read(name)


def _tar_files(uri: str) -> Iterator[tuple[str, bytes]]:
    """Read the members one by one, without unpacking them onto the disk."""
    with storage.local_path(uri) as path, tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and PurePosixPath(member.name).suffix.lower() in SUFFIXES:
                file = archive.extractfile(member)
                assert file is not None
                yield member.name, file.read()


class Crops:
    """A source of random square crops of photographs held in memory."""

    def __init__(self, photographs: Sequence[Photograph], size: int, seed: int) -> None:
        self.photographs = photographs
        self.size = size
        self.random = torch.Generator().manual_seed(seed)

    def batch(self, count: int) -> Tensor:
        """Return crops (count, 3, size, size) in 0..1, with random scale, flips, channel shuffles and contrast."""
        return torch.stack([self._crop() for _ in range(count)])

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * float(torch.rand((), generator=self.random))

    def integer(self, high: int) -> int:
        return int(torch.randint(high, (), generator=self.random))

    def _crop(self) -> Tensor:
        photograph = self.photographs[self.integer(len(self.photographs))]
        height, width = photograph.pixels.shape[1:]
        side = min(int(self.size * self.uniform(0.8, 1.9)), height, width)
        top, left = self.integer(height - side + 1), self.integer(width - side + 1)
        crop = photograph.square_at(top, left, side, self.size)
        if self.integer(2):
            crop = crop.flip(2)
        if self.integer(2):
            crop = crop.flip(1)
        if self.integer(2):
            crop = crop[torch.randperm(3, generator=self.random)]
        if self.integer(2):
            middle = crop.mean()
            crop = (crop - middle) * self.uniform(0.5, 1.4) + middle + self.uniform(-0.15, 0.15)
        return crop.clamp(0, 1)


def add_noise(crops: Tensor, random: torch.Generator, strongest: float = 0.25) -> Tensor:
    """Add Gaussian noise of a random strength to each crop, white or at half resolution."""
    count, _, height, width = crops.shape
    sigma = torch.rand(count, 1, 1, 1, generator=random) * strongest
    white = torch.randn(crops.shape, generator=random)
    coarse = F.interpolate(
        torch.randn(count, 3, height // 2, width // 2, generator=random), (height, width), mode="bicubic"
    )
    pick = (torch.rand(count, 1, 1, 1, generator=random) < 0.5).float()
    return (crops + sigma * (pick * white + (1 - pick) * coarse)).clamp(0, 1)


def blur(crops: Tensor, random: torch.Generator) -> Tensor:
    """Reduce crops two to four times and enlarge them again, like the images that a phase starts from."""
    factor = int(torch.randint(2, 5, (), generator=random))
    size = crops.shape[-1]
    small = F.interpolate(crops, (size // factor, size // factor), mode="area")
    return F.interpolate(small, (size, size), mode="bicubic").clamp(0, 1)
