"""This module measures how strongly the fine texture of a finished image repeats itself, beside its style's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.inputs.luminance import luminance
from semstyle.engine.inputs.resizing import image_size
from semstyle.evaluate.gaussian import gaussian, weighted
from semstyle.evaluate.grain import reduced

SIGMA, RADIUS = 4.0, 16
"""The Gaussian, in pixels, that takes away what is too coarse to be texture."""
WINDOW, STRIDE = 48, 24
"""The side of a window and the way to the next, in pixels."""
NEAREST, FARTHEST = 3, 14
"""How far apart, in pixels, two places may be that look alike."""
LAGS = FARTHEST + 1
"""A peak has neighbours on all sides, so that a lag more than the farthest is needed."""
ROWS = 3
"""Rows of windows that are transformed at once; all together would need some sixty times the image's memory."""
TRANSFORMED = 64
"""The side to which windows are padded: WINDOW + LAGS or more, so that no lag in use is wrapped around."""
FAINTEST = 1e-7
"""A window whose texture has a smaller variance is flat."""


def weave(output: Tensor, styles: Sequence[Tensor]) -> float | None:
    """Return how strongly the fine texture of ``output`` repeats itself, over the styles' mean; 1 = as the style.

    Patches of features leave a weave of their stride, most visibly in smooth regions; :func:`strength` says how it is
    measured. Images (3, H, W) in 0..1 are judged at their own size, a style larger than the output
    at the output's area, as the metrics of grain have it. A style without a strength is left out. The result is None
    when the output has no strength, or no style has one that is above 0.
    """
    height, width = image_size(output)
    ours = strength(output)
    found = [strength(reduced(style, height * width)) for style in styles]
    own = [value for value in found if value is not None]
    if ours is None or not any(own):
        return None
    return ours / fmean(own)


def strength(image: Tensor) -> float | None:
    """Return the height of the texture's usual second peak, from 0 for noise to about 1 for an exact repetition.

    The texture is the luminance (ITU-R BT.601, in 8 bits) less its blur by a Gaussian of σ = 4 pixels. It is cut into
    windows of 48 × 48 pixels, one every 24 pixels, each less its mean and under a Hann window. Of each window's
    autocorrelation, divided by the Hann window's own and then by its value at lag 0, the largest local maximum among
    the lags of 3 to 14 pixels counts, or 0 where there is none; the result is the median over the windows that are not
    flat. Paintings have about 0.2, photographs with long edges or real patterns up to 0.4.

    Returns:
        None for an image (3, H, W) that is smaller than a window on a side, or flat.
    """
    if min(image_size(image)) < WINDOW:
        return None
    taper = torch.hann_window(WINDOW, periodic=False, dtype=torch.float64, device=image.device)
    window = torch.outer(taper, taper)
    peaks = torch.cat([second_peaks(tiles, window) for tiles in windows((luminance(image) * 255).round())])
    return float(peaks.quantile(0.5)) if len(peaks) else None


def windows(levels: Tensor) -> Iterator[Tensor]:
    """Yield the windows of the texture of ``levels`` (H, W) in 0..255, some rows of them at a time: (N, 48, 48)."""
    weights = gaussian(SIGMA, RADIUS)
    padded = mirrored(levels, RADIUS)
    rows = STRIDE * (ROWS - 1) + WINDOW + 2 * RADIUS
    for top in range(0, len(levels) - WINDOW + 1, STRIDE * ROWS):
        # In single precision rounding would tell which of the equal lags along a straight edge is a peak.
        band = padded[top : top + rows].double() / 255
        texture = band[RADIUS:-RADIUS, RADIUS:-RADIUS] - weighted(band, weights)
        yield texture.unfold(0, WINDOW, STRIDE).unfold(1, WINDOW, STRIDE).flatten(0, 1)


def second_peaks(tiles: Tensor, window: Tensor) -> Tensor:
    """Return the largest local maximum in reach of those of ``tiles`` (N, 48, 48) that are not flat, (up to N,)."""
    centred = (tiles - tiles.mean((1, 2), keepdim=True)) * window
    found = autocorrelation(centred) / autocorrelation(window[None])
    origin = found[:, LAGS, 1]
    inner = found[:, 1:-1, 1:-1]
    is_peak = (inner == F.max_pool2d(found, 3, 1)) & reach(found)
    heights = torch.where(is_peak, inner, 0).amax((1, 2)) / origin
    return heights[origin > FAINTEST]


def autocorrelation(tiles: Tensor) -> Tensor:
    """Return the autocorrelation of ``tiles`` (N, 48, 48) at lags of -15..15 down and -1..15 across: (N, 31, 17).

    The other lags across repeat these, as the lag (-r, -c) has the value of (r, c).
    """
    spectrum = torch.view_as_real(torch.fft.rfft2(tiles, (TRANSFORMED, TRANSFORMED))).square().sum(-1)
    wrapped: Tensor = torch.fft.irfft2(spectrum, (TRANSFORMED, TRANSFORMED))
    return wrapped.roll((LAGS, 1), (1, 2))[:, : 2 * LAGS + 1, : LAGS + 2]


def reach(found: Tensor) -> Tensor:
    """Return which inner lags of :func:`autocorrelation` are from 3 to 14 pixels long, (29, 15)."""
    down = torch.arange(-FARTHEST, FARTHEST + 1, device=found.device)
    across = torch.arange(FARTHEST + 1, device=found.device)
    squared = down[:, None].square() + across.square()
    return (squared >= NEAREST**2) & (squared <= FARTHEST**2)


def mirrored(values: Tensor, border: int) -> Tensor:
    """Return ``values`` (H, W) and beyond each edge the ``border`` pixels within it, in reverse."""
    for axis in (0, 1):
        far = values.shape[axis] - border
        before, after = values.narrow(axis, 0, border).flip(axis), values.narrow(axis, far, border).flip(axis)
        values = torch.cat([before, values, after], axis)
    return values
