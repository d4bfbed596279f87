"""Training crops: photographs, damaged in the ways an image being optimised is damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

HELD_OUT = 16


def photograph_files(folder: Path) -> tuple[list[Path], list[Path]]:
    """(training, held-out) files of ``folder`` in name order; 16, evenly spread, are held out."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
    if len(files) <= HELD_OUT:
        raise ValueError(f"{folder} holds {len(files)} photographs; distilling needs more than {HELD_OUT}")
    step = len(files) // HELD_OUT
    held_out = set(files[::step][:HELD_OUT])
    return [path for path in files if path not in held_out], sorted(held_out)


def read_photograph(path: Path) -> Tensor:
    """(3, H, W) uint8."""
    with Image.open(path) as image:
        return torch.from_numpy(np.asarray(image.convert("RGB")).copy()).permute(2, 0, 1)


class Crops:
    """Random square crops of photographs held in memory."""

    def __init__(self, files: list[Path], size: int, seed: int) -> None:
        self.photographs = [read_photograph(path) for path in files]
        self.size = size
        self.random = torch.Generator().manual_seed(seed)

    def batch(self, count: int) -> Tensor:
        """(count, 3, size, size) in 0..1: random scale, flips, channel shuffles and contrast."""
        return torch.stack([self._crop() for _ in range(count)])

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * float(torch.rand((), generator=self.random))

    def integer(self, high: int) -> int:
        return int(torch.randint(high, (), generator=self.random))

    def _crop(self) -> Tensor:
        photograph = self.photographs[self.integer(len(self.photographs))]
        height, width = photograph.shape[1:]
        side = min(int(self.size * self.uniform(0.8, 1.9)), height, width)
        top, left = self.integer(height - side + 1), self.integer(width - side + 1)
        crop = photograph[None, :, top : top + side, left : left + side].float() / 255
        crop = F.interpolate(crop, (self.size, self.size), mode="bilinear", antialias=True)[0]
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
    """Gaussian noise of a random strength on each crop, white or at half resolution."""
    count, _, height, width = crops.shape
    sigma = torch.rand(count, 1, 1, 1, generator=random) * strongest
    white = torch.randn(crops.shape, generator=random)
    coarse = F.interpolate(
        torch.randn(count, 3, height // 2, width // 2, generator=random), (height, width), mode="bicubic"
    )
    pick = (torch.rand(count, 1, 1, 1, generator=random) < 0.5).float()
    return (crops + sigma * (pick * white + (1 - pick) * coarse)).clamp(0, 1)


def blur(crops: Tensor, random: torch.Generator) -> Tensor:
    """Crops reduced two to four times and enlarged again: what a phase starts from."""
    factor = int(torch.randint(2, 5, (), generator=random))
    size = crops.shape[-1]
    small = F.interpolate(crops, (size // factor, size // factor), mode="area")
    return F.interpolate(small, (size, size), mode="bicubic").clamp(0, 1)
