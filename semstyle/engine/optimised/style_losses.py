"""This module makes a phase's style losses, one for each layer, by the method of the render."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from torch import Tensor

from semstyle.engine.inputs.phases import Size, features_size
from semstyle.engine.inputs.regions import regions_of
from semstyle.engine.inputs.semantic_map import MapPair, layer_weight
from semstyle.engine.inputs.views import View
from semstyle.engine.layers import block_of
from semstyle.engine.optimised.detail_loss import DetailLoss
from semstyle.engine.optimised.gram import GramLoss
from semstyle.engine.optimised.losses import StyleLoss
from semstyle.engine.optimised.prices import fair_uses
from semstyle.engine.parameters import Parameters
from semstyle.engine.patches.pool import PatchSource

SeenView = tuple[View, Mapping[str, Tensor]]
"""A view of a style, and its features (C, h, w) at each layer."""


class LayerLoss(Protocol):
    """The style loss of one layer.

    Attributes:
        match_score: Mean correlation of the matches in use; 0 where nothing is matched.
    """

    match_score: Tensor

    def rematch(self, features: Tensor) -> None:
        """Match ``features`` (C, H, W) anew."""

    def __call__(self, features: Tensor) -> Tensor:
        """Return the loss of ``features`` (C, H, W): a scalar that means the same for every encoder and size."""


def patch_losses(
    views: Sequence[SeenView], maps: MapPair | None, size: Size, parameters: Parameters, kind: type[StyleLoss]
) -> dict[str, LayerLoss]:
    """Make losses of patches matched by features and maps, for an image of ``size``; benchmarks ask another ``kind``.

    The losses of detail layers come last, as they follow the finest of the others.
    """
    matched: dict[str, StyleLoss] = {}
    regions = regions_of(maps) if maps is not None and parameters.semantic_weight > 0 and parameters.variety else None
    for layer in parameters.style_layers:
        features = [of_view[layer] for _, of_view in views]
        map_channels: list[Tensor | None] = [None] * len(views)
        target_map = None
        if maps is not None and parameters.semantic_weight > 0:
            style_maps = [maps.style_at(*view.features_size(layer), view) for view, _ in views]
            weight = layer_weight(parameters.semantic_weight, features, style_maps)
            map_channels = [weight * style_map for style_map in style_maps]
            target_map = weight * maps.target_at(*features_size(size, layer))
        uses = fair_uses_at(layer, [view for view, _ in views], regions, size, parameters.patch_size)
        sources = [
            PatchSource(x, channels, view.outside(layer), view.favour, fair)
            for (view, _), x, channels, fair in zip(views, features, map_channels, uses, strict=True)
        ]
        matched[layer] = kind(sources, target_map, parameters.patch_size, parameters.coherence, parameters.variety)
    return {**matched, **detail_losses(views, matched, parameters)}


def fair_uses_at(
    layer: str, views: Sequence[View], regions: MapPair | None, size: Size, patch_size: int
) -> Sequence[Tensor | None]:
    """Return the fair uses of each view's patches at ``layer``, for an image of ``size``; None without regions."""
    if regions is None:
        return [None] * len(views)
    of_views = [regions.style_at(*view.features_size(layer), view) for view in views]
    shares = [view.share for view in views]
    return fair_uses(of_views, shares, regions.target_at(*features_size(size, layer)), patch_size)


def detail_losses(
    views: Sequence[SeenView], matched: Mapping[str, StyleLoss], parameters: Parameters
) -> dict[str, LayerLoss]:
    """Make the losses of the detail layers, which follow the matches of the finest layer that has some."""
    leading = min(matched, key=block_of)
    return {
        layer: DetailLoss(
            matched[leading],
            [PatchSource(of_view[layer], None, view.outside(layer)) for view, of_view in views],
            2 ** (block_of(leading) - block_of(layer)),
        )
        for layer in parameters.detail_layers
    }


def gram_losses(
    views: Sequence[SeenView], maps: MapPair | None, size: Size, parameters: Parameters, kind: type[StyleLoss]
) -> dict[str, LayerLoss]:
    """Make losses of Gram matrices, with maps one for each region, for an image of ``size``; ``kind`` is ignored."""
    regions = regions_of(maps) if maps is not None and parameters.semantic_weight > 0 else None
    shares = list({view.style: view.share for view, _ in views}.values())
    losses: dict[str, LayerLoss] = {}
    for layer in parameters.style_layers:
        styles: list[list[tuple[Tensor, Tensor]]] = [[] for _ in shares]
        for view, of_view in views:
            styles[view.style].append((of_view[layer], masks_of(view, layer, of_view[layer], regions)))
        like = styles[0][0][0]
        height, width = features_size(size, layer)
        masks = like.new_ones(1, height, width) if regions is None else regions.target_at(height, width).to(like)
        losses[layer] = GramLoss(styles, shares, masks)
    return losses


def masks_of(view: View, layer: str, features: Tensor, regions: MapPair | None) -> Tensor:
    """Return how much each pixel of a view is of each region, which is 0 outside the style's image: (R, h, w)."""
    height, width = features.shape[1:]
    masks = features.new_ones(1, height, width) if regions is None else regions.style_at(height, width, view)
    outside = view.outside(layer)
    masks = masks.to(features)
    return masks if outside is None else masks.masked_fill(outside.to(masks.device), 0)
