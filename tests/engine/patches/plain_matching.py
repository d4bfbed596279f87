"""Matching by torch's own operations, one target row at a time: what faster matchers must equal to the last bit."""

from __future__ import annotations

import torch
from torch import Tensor

BLOCK = 2**18
CHUNK = 64


def match_row_by_row(
    target: Tensor, style: Tensor, style_weights: Tensor, k: int, block: int | None = None
) -> tuple[Tensor, Tensor]:
    """(index, correlation) of ``target`` (H, W, C) in ``style`` (H_s, W_s, C), both (H-k+1, W-k+1)."""
    height, width, _ = target.shape
    patch_rows, patch_columns = style_weights.shape
    best = target.new_full((height - k + 1, width - k + 1), -torch.inf)
    index = torch.zeros(best.shape, dtype=torch.int64, device=target.device)
    rows = min(patch_rows, max(k + 1, (block or BLOCK) // (width * style.shape[1])))
    for top in range(0, patch_rows, rows):
        weights = style_weights[top : top + rows]
        band = style[top : top + len(weights) + k - 1]
        pixels = band.reshape(-1, band.shape[2]).t().contiguous()
        sums = []
        for row, of_row in enumerate(target):
            gram = target.new_empty(width, *band.shape[:2])
            torch.mm(of_row, pixels, out=gram.flatten(1))
            along = gram[: width - k + 1, :, :patch_columns].clone()
            for d in range(1, k):
                along += gram[d : d + width - k + 1, :, d : d + patch_columns]
            sums.append(along)
            if row < k - 1:
                continue
            correlation = sums[row - k + 1][:, : len(weights)].clone()
            for d in range(1, k):
                correlation += sums[row - k + 1 + d][:, d : d + len(weights)]
            value, position = first_maximum((correlation * weights).flatten(1))
            here = row - k + 1
            better = value > best[here]
            best[here] = torch.where(better, value, best[here])
            index[here] = torch.where(better, position + top * patch_columns, index[here])
    return index, best


def first_maximum(values: Tensor) -> tuple[Tensor, Tensor]:
    """The maximum of each of ``values`` (N, M), and the first place that has it."""
    largest = values.amax(1)
    places = torch.arange(values.shape[1], device=values.device).expand_as(values)
    return largest, torch.where(values == largest[:, None], places, values.shape[1]).amin(1)
