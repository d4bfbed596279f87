"""The equations taken literally, in double precision with unfolded patches: what the engine is held against."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def patches(pixels: Tensor, k: int) -> Tensor:
    """(C, H, W) → (patches, C·k²), row by row."""
    return F.unfold(pixels[None], k)[0].t()


def correlations(target: Tensor, style: Tensor, k: int) -> Tensor:
    """Equation 3's normalised cross-correlation of every pair of patches of (C, H, W) and (C, H_s, W_s)."""
    s, t = patches(style, k), patches(target, k)
    return (t / t.norm(dim=1, keepdim=True)) @ (s / s.norm(dim=1, keepdim=True)).t()


def style_loss(features: Tensor, style: Tensor, nearest: Tensor, k: int) -> Tensor:
    """Equation 2: Σ_i |x_i − y_NN(i)|² over the patches."""
    return (patches(features, k) - patches(style, k)[nearest]).square().sum()
