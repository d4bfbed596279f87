"""What a pixel-labelling network is to us, whatever file it came in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.errors import InputError
from semstyle.maps.memberships import map_size

LONG_SIDE = 512
"""Of what a network is shown when it takes any size."""
MULTIPLE = 32
"""Sides are whole multiples, as networks halve them five times."""
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""ImageNet's, which nearly all networks are trained with."""
MOST_CLASSES = 4096
LEAST_PROBABILITY = 1e-6


@dataclass(frozen=True)
class Network:
    """A network that is ready to label pixels.

    Attributes:
        run: From (1, 3, H, W), normalised, to whatever it answers.
        name: For messages.
        size: Height and width that it takes, None where it takes any.
        classes: Their names; numbers where they are not known.
    """

    run: Callable[[Tensor], Any]
    name: str
    size: tuple[int | None, int | None] = (None, None)
    classes: tuple[str, ...] = ()

    def log_probabilities(self, image: Tensor) -> Tensor:
        """(K, h, w) at the size of the map of ``image`` (3, H, W) in 0..1.

        Raises:
            InputError: when what it answers is not a value for each class and pixel.
        """
        height, width = image.shape[1:]
        scale = LONG_SIDE / max(height, width)
        size = [given or multiple(side * scale) for given, side in zip(self.size, (height, width), strict=True)]
        shown = F.interpolate(image[None].cpu().float(), size, mode="bicubic", antialias=True).clamp(0, 1)
        normal = (shown - torch.tensor(MEAN)[:, None, None]) / torch.tensor(DEVIATION)[:, None, None]
        try:
            with torch.no_grad():
                answer = self.run(normal)
        except (InputError, MemoryError, torch.OutOfMemoryError):
            raise
        except Exception as error:  # a stranger's network may raise anything
            raise InputError(f"{self.name}: fails on an image of {size[1]}×{size[0]} ({first_line(error)})") from None
        logs = logarithms(self.values(answer))
        resized: Tensor = F.interpolate(logs[None], map_size(image), mode="bilinear", antialias=True)[0]
        return resized

    def values(self, answer: Any) -> Tensor:
        """(K, h, w), the first part of an answer that is (1, K, h, w) with K at least 2."""
        parts = (
            answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list | tuple) else [answer]
        )
        tensors = [part for part in parts if isinstance(part, Tensor)]
        for tensor in tensors:
            if tensor.ndim == 4 and tensor.shape[0] == 1 and 2 <= tensor.shape[1] <= MOST_CLASSES and tensor.numel():
                values = tensor[0].detach().cpu().float()
                if not torch.isfinite(values).all():
                    raise InputError(f"{self.name}: answers with values that are not finite")
                return values
        shapes = (
            ", ".join(str(tuple(tensor.shape)) for tensor in tensors) or f"no tensor, but a {type(answer).__name__}"
        )
        raise InputError(
            f"{self.name}: answers with {shapes}, and not with a value for each class and pixel, "
            "(1, classes, height, width)"
        )


def multiple(side: float) -> int:
    return max(MULTIPLE, round(side / MULTIPLE) * MULTIPLE)


def logarithms(values: Tensor) -> Tensor:
    """Log-probabilities from (K, h, w) of either logits or probabilities, which are told apart by their sums."""
    if values.min() >= 0 and (values.sum(0) - 1).abs().max() < 1e-2:
        return values.clamp_min(LEAST_PROBABILITY).log()
    return values.log_softmax(0)


def first_line(error: Exception) -> str:
    return " ".join(str(error).strip().partition("\n")[0].split())[:200] or type(error).__name__
