"""Which colours of a map stand for labels: the common ones, as far as they are apart."""

from __future__ import annotations

import torch
from torch import Tensor


def common_colors(colors: Tensor, counts: Tensor, apart: Tensor | float, most: int, least: int = 1) -> Tensor:
    """The numbers of the commonest colours, the most common first; what is near one of them is a shade of it.

    Args:
        colors: (N, M), all different.
        counts: (N,) how often each comes.
        apart: Distance from which two colours are two labels.
        most: Labels at most.
        least: Pixels of a label and of its shades, from its second on.
    """
    chosen: list[Tensor] = []
    left = counts.clone()
    while len(chosen) < most and bool((left > 0).any()):
        number = left.argmax()
        near = distances(colors, colors[number]) < apart
        near[number] = True
        if chosen and int(left[near].sum()) < least:
            break
        chosen.append(number)
        left[near] = 0
    return torch.stack(chosen)


def distances(colors: Tensor, color: Tensor) -> Tensor:
    """(N,) of ``colors`` (N, M) from ``color`` (M,)."""
    return (colors - color).square().sum(1).sqrt()
