"""A pixel-labelling network, as the rest of the program sees it, whatever file it came in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.maps.memberships import map_size
from semstyle.maps.networks.answers import Values

LONG_SIDE = 512
"""The long side in pixels of the image that a network is shown, if it takes any size."""
MULTIPLE = 32
"""The sides of that image are whole multiples of this, as networks halve them five times."""
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""The mean and deviation of ImageNet's colours, by which nearly all networks expect images to be normalised."""
LEAST_PROBABILITY = 1e-6


@dataclass(frozen=True)
class Network:
    """A network that is ready to label pixels.

    Attributes:
        run: Returns (classes, h, w) for a normalised image (1, 3, H, W).
        name: What to call it in messages.
        size: Height and width that it takes, None where it takes any.
        classes: The names of its classes; empty when they are not known.
    """

    run: Callable[[Tensor], Values]
    name: str
    size: tuple[int | None, int | None] = (None, None)
    classes: tuple[str, ...] = ()

    def log_probabilities(self, image: Tensor) -> Tensor:
        """Label ``image`` (3, H, W) in 0..1: log-probabilities (K, h, w) of the classes, at the size of its map.

        Raises:
            InputError: when the network's answer is not a value for each class and pixel.
        """
        height, width = image.shape[1:]
        scale = LONG_SIDE / max(height, width)
        size = [given or multiple(side * scale) for given, side in zip(self.size, (height, width), strict=True)]
        shown = F.interpolate(image[None].cpu().float(), size, mode="bicubic", antialias=True).clamp(0, 1)
        normal = (shown - torch.tensor(MEAN)[:, None, None]) / torch.tensor(DEVIATION)[:, None, None]
        logs = logarithms(torch.from_numpy(self.run(normal)))
        resized: Tensor = F.interpolate(logs[None], map_size(image), mode="bilinear", antialias=True)[0]
        return resized


def multiple(side: float) -> int:
    return max(MULTIPLE, round(side / MULTIPLE) * MULTIPLE)


def logarithms(values: Tensor) -> Tensor:
    """Return log-probabilities of (K, h, w) logits or probabilities, which are told apart by their sums."""
    if values.min() >= 0 and (values.sum(0) - 1).abs().max() < 1e-2:
        return values.clamp_min(LEAST_PROBABILITY).log()
    return values.log_softmax(0)
