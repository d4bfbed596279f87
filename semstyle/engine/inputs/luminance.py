"""Keeping the content's colours by making only luminance anew (Gatys et al. 2016, arXiv:1606.05897, section 3.1).

The other way of that paper, to give the style the mean and covariance of the content's colours, keeps the palette but
not the places: a red pavilion came out grey so, and red by this way.
"""

from __future__ import annotations

from torch import Tensor

from semstyle.engine.threads import one_thread

REC_601 = (0.299, 0.587, 0.114)


def luminance(image: Tensor) -> Tensor:
    """Return the luminance Y of an RGB ``image`` (3, H, W): (H, W)."""
    weights = image.new_tensor(REC_601)
    return (image * weights[:, None, None]).sum(0)


def grey(image: Tensor) -> Tensor:
    """Return ``image`` (3, H, W) without its colours."""
    return luminance(image).expand(3, -1, -1).contiguous()


@one_thread()
def grey_as(style: Tensor, content: Tensor) -> Tensor:
    """Return ``style`` (3, h, w) in grey, with the mean and deviation of the luminance of ``content`` (3, H, W).

    Otherwise a bright style would make a bright image, and the content's dark colours do not go with that.
    """
    own, wanted = luminance(style), luminance(content)
    spread = wanted.std() / own.std().clamp_min(1e-3)
    matched = (own - own.mean()) * spread + wanted.mean()
    return matched.clamp(0, 1).expand(3, -1, -1).contiguous()


def with_colors_of(image: Tensor, content: Tensor) -> Tensor:
    """Return the luminance of ``image`` with the chrominance of ``content``, both (3, H, W) in 0..1."""
    return (content + (luminance(image) - luminance(content))).clamp(0, 1)
