"""Choosing the colours of a map that stand for labels: the common ones, as far as they are apart."""

from __future__ import annotations

import torch
from torch import Tensor


def common_colors(colors: Tensor, counts: Tensor, apart: Tensor | float, most: int, least: int = 1) -> Tensor:
    """Return the numbers of the commonest colours, the most common first; colours near a chosen one are its shades.

    Args:
        colors: (N, M), all different.
        counts: (N,) how many pixels have each colour.
        apart: The distance from which on two colours are two labels.
        most: How many colours are chosen at most.
        least: How many pixels a colour and its shades must have, except for the first one.
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
    """Return the distances (N,) of ``colors`` (N, M) from ``color`` (M,)."""
    return (colors - color).square().sum(1).sqrt()
