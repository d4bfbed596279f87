"""This module prepares what is judged: a finished image and its styles at a bounded size, and their features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from semstyle.engine.encoders.encoder import Encoder
from semstyle.engine.inputs.phases import Size, features_size, style_size
from semstyle.engine.inputs.resizing import image_size, resized

PATCH_LAYERS = ("3_1", "4_1")
CONTENT_LAYER = "4_2"
PATCH_SIZE = 3
MOST_PIXELS = 384 * 384
"""Larger images are reduced to so many pixels, or matching their patches would take longer than it is worth."""


@dataclass(frozen=True)
class JudgedView:
    """An image as the judge sees it.

    Attributes:
        image: (3, H, W) in 0..1.
        features: (C, h, w) by layer of ``PATCH_LAYERS`` and ``CONTENT_LAYER``, without layers too small for a patch.
    """

    image: Tensor
    features: Mapping[str, Tensor]


@dataclass(frozen=True)
class Sight:
    """A finished image beside what it was made from.

    Attributes:
        styles: Each style at the output's area, as a render sees it.
        content: The content at the output's size, or None.
    """

    output: JudgedView
    styles: tuple[JudgedView, ...]
    content: JudgedView | None

    @property
    def patch_layers(self) -> tuple[str, ...]:
        """Return those of ``PATCH_LAYERS`` at which every image has a patch."""
        views = (self.output, *self.styles)
        return tuple(layer for layer in PATCH_LAYERS if all(layer in view.features for view in views))


def look(image: Tensor, styles: Sequence[Tensor], content: Tensor | None, encoder: Encoder) -> Sight:
    """Bring images (3, H, W) to the size at which they are judged, and encode them."""
    size = judged_size(image_size(image))
    return Sight(
        view(resized(image, size), encoder),
        tuple(view(resized(style, style_size(image_size(style), size)), encoder) for style in styles),
        None if content is None else view(resized(content, size), encoder),
    )


def judged_size(size: Size) -> Size:
    """Return ``size``, reduced to ``MOST_PIXELS`` if it is larger."""
    height, width = size
    scale = min(1.0, (MOST_PIXELS / (height * width)) ** 0.5)
    return max(1, round(height * scale)), max(1, round(width * scale))


def view(image: Tensor, encoder: Encoder) -> JudgedView:
    size = image_size(image)
    layers = [layer for layer in (*PATCH_LAYERS, CONTENT_LAYER) if min(features_size(size, layer)) >= PATCH_SIZE]
    with torch.no_grad():
        features = encoder(image[None], layers) if layers else {}
    return JudgedView(image, {layer: x[0] for layer, x in features.items()})
