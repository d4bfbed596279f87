"""The colours of one image with the edges and the detail of another, its guide: a guided filter.

He, Sun & Tang 2013, "Guided image filtering", section 3.5: in every window the image is taken for an affine function of
the guide's colours, whose coefficients have a closed form, as those of the matting Laplacian (Levin, Lischinski & Weiss
2008). They are found at a fraction of the size and enlarged (He & Sun 2015, "Fast guided filter", arXiv:1505.00996), so
that they vary slowly and what is finer than that comes from the guide.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.threads import one_thread

SHRINKING = 8
"""By how much the images are made smaller for the fit: the stride of 4_2, as content stays in its place to within that.
At full size and at 1/4 an image's own detail is a blur, as two that are pixels apart do not vary together."""
WINDOW = 1 / 24
"""The radius of a window, as a share of the image's long side. With a smaller one the lights of a style make halos."""
EPSILON = 1e-4
"""A window whose colours vary less is flat; from 1e-3 on, detail of low contrast fades."""


@one_thread()  # interpolation rounds otherwise at the borders of threads' parts
def with_detail_of(image: Tensor, guide: Tensor) -> Tensor:
    """Return ``image`` with the edges and the detail of ``guide``, all (3, H, W) in 0..1."""
    height, width = guide.shape[1:]
    size = (max(1, round(height / SHRINKING)), max(1, round(width / SHRINKING)))
    radius = max(1, round(max(height, width) * WINDOW / SHRINKING))
    slopes, offsets = local_fit(shrunk(image, size), shrunk(guide, size), radius, EPSILON)
    made = [
        (enlarged(slope, guide) * guide).sum(0) + enlarged(offset[None], guide)[0]
        for slope, offset in zip(slopes, offsets, strict=True)
    ]
    return torch.stack(made).clamp(0, 1)


def local_fit(image: Tensor, guide: Tensor, radius: int, epsilon: float) -> tuple[Tensor, Tensor]:
    """Return the affine functions of ``guide`` that are most like ``image``, both (3, h, w), around each pixel.

    Those of the windows that a pixel is in, of which each minimises Σ |a I + b − p|² + ε |a|² over its pixels, are
    averaged. Windows end at the image's border. In double precision, as covariances are small differences.

    Args:
        radius: Of a window in pixels; its side is 2 · radius + 1.
        epsilon: ε.

    Returns:
        a, (3, 3, h, w), for each channel of the image the factors on the guide's, and b, (3, h, w).
    """
    wanted, given = image.double(), guide.double()
    wanted_mean, given_mean = box(wanted, radius), box(given, radius)
    variances = products(given, given, radius) - given_mean[:, None] * given_mean
    covariances = products(wanted, given, radius) - wanted_mean[:, None] * given_mean
    ridge = epsilon * torch.eye(3, dtype=given.dtype, device=given.device)
    systems = variances.permute(2, 3, 0, 1) + ridge
    solved = torch.linalg.solve_ex(systems, covariances.permute(2, 3, 1, 0)).result  # without waiting for a GPU
    slopes = solved.permute(3, 2, 0, 1)
    offsets = wanted_mean - (slopes * given_mean).sum(1)
    return box(slopes.flatten(0, 1), radius).view_as(slopes).to(image), box(offsets, radius).to(image)


def products(first: Tensor, second: Tensor, radius: int) -> Tensor:
    """Return the mean in each window of the products of all channels of both, (C, h, w) and (D, h, w): (C, D, h, w)."""
    every = first[:, None] * second
    return box(every.flatten(0, 1), radius).view_as(every)


def box(values: Tensor, radius: int) -> Tensor:
    """Return the mean over the window around each pixel, (C, H, W); windows end at the image's border."""
    side = 2 * radius + 1
    rows = F.avg_pool2d(values[None], (side, 1), 1, (radius, 0), count_include_pad=False)
    return F.avg_pool2d(rows, (1, side), 1, (0, radius), count_include_pad=False)[0]


def shrunk(image: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(image[None], size, mode="area")[0]


def enlarged(values: Tensor, like: Tensor) -> Tensor:
    """Return ``values`` (C, h, w) at the size of ``like``, in between by straight lines."""
    return F.interpolate(values[None], like.shape[1:], mode="bilinear", align_corners=False)[0]
