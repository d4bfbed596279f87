"""This module has what one phase minimises: α content + β style + smoothness (Champandard 2016, equation 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pkgutil import resolve_name

import torch
from torch import Tensor

from semstyle.engine.encoders.encoder import Encoder
from semstyle.engine.encoders.style_features import StyleFeatures
from semstyle.engine.exactness import convolutions
from semstyle.engine.inputs.content_factors import factors_at
from semstyle.engine.inputs.phases import Phase, Size
from semstyle.engine.inputs.resizing import image_size, resized
from semstyle.engine.inputs.scene import Scene
from semstyle.engine.inputs.semantic_map import MapPair
from semstyle.engine.inputs.views import views_of
from semstyle.engine.optimised.losses import ContentLoss, StyleLoss, smoothness_loss
from semstyle.engine.optimised.style_losses import LayerLoss, SeenView
from semstyle.engine.parameters import Parameters
from semstyle.engine.terms import Terms
from semstyle.engine.threads import one_thread

DETAIL_WEIGHT = 0.8
"""The weight of a detail layer beside a matched one, in the finest phase. With less, smooth regions weave more."""
DETAIL_POWER = 3
"""The weight falls with this power of a coarse phase's emphasis. If it fell less, details would keep what the first
matches happened to be, and at γ = 10 a portrait would be gone."""
MOST_EMPHASIS = 4.0
"""A coarse phase, in which the layout settles, weighs content more, at most by this factor."""


@dataclass(frozen=True)
class Measurement:
    """The result of one evaluation, still on the device.

    Attributes:
        gradient: ∂loss/∂image, (3, H, W).
    """

    gradient: Tensor
    terms: Terms

    @property
    def loss(self) -> Tensor:
        """The loss that is minimised, a scalar."""
        return self.terms.loss


class Objective:
    """The loss of images of one size.

    Attributes:
        style_loss: What each layer's style loss is; benchmarks put a plain one in its place.

    Args:
        encoder: The encoder, on the device of the images.
        views: Each view of each style, and its features: (C, H_s, W_s) of each style layer.
        content: The content (3, H, W) in 0..1 at this phase's size, or None.
        maps: Both semantic maps, or None to match by features alone.
        size: (H, W) of the image being made.
        content_factors: How much each pixel of the target map keeps the content, (1, h, w), or None.
    """

    style_loss: type[StyleLoss] = StyleLoss

    def __init__(
        self,
        encoder: Encoder,
        views: Sequence[SeenView],
        content: Tensor | None,
        maps: MapPair | None,
        size: Size,
        parameters: Parameters,
        content_factors: Tensor | None = None,
    ) -> None:
        self.encoder = encoder
        self.parameters = parameters
        self.content_factors = content_factors
        emphasis = layout_emphasis(size, parameters)
        self.content_weight = parameters.weight_of_content(content is not None) * parameters.traits.content_ratio
        self.content_weight *= emphasis
        self.detail_weight = DETAIL_WEIGHT / emphasis**DETAIL_POWER
        self.style_weight = style_weight(parameters)
        with torch.no_grad():
            self.style_losses = self._style_losses(views, maps, size)
            self.content_losses = {} if content is None or self.content_weight == 0 else self._content_losses(content)
        self.layers = (*self.style_losses, *self.content_losses)

    def losses(self, image: Tensor, features: Mapping[str, Tensor], rematch: bool) -> Terms:
        """Return the terms of the loss of ``image`` (3, H, W) with its ``features``, matched anew with ``rematch``."""
        if rematch:
            for layer, style_loss in self.style_losses.items():
                style_loss.rematch(features[layer].detach())
        return self._terms(image, features)

    @one_thread()
    def _terms(self, image: Tensor, features: Mapping[str, Tensor]) -> Terms:
        style = torch.stack([loss(features[layer]) for layer, loss in self.style_losses.items()])
        content = sum((loss(features[layer]) for layer, loss in self.content_losses.items()), image.new_zeros(()))
        smoothness = smoothness_loss(image)
        matched = len(self.parameters.style_layers)  # details come after them
        loss = (
            self.style_weight * (style[:matched].sum() + self.detail_weight * style[matched:].sum())
            + self.content_weight * content
            + self.parameters.smoothness * smoothness
        )
        score = torch.stack([self.style_losses[layer].match_score for layer in self.parameters.style_layers]).mean()
        return Terms(loss, content, smoothness, loss.new_zeros(()), score, style)

    @one_thread()
    def _style_losses(self, views: Sequence[SeenView], maps: MapPair | None, size: Size) -> dict[str, LayerLoss]:
        entry = self.parameters.traits.style_losses
        assert entry is not None  # a method that optimises has one
        parameters = self.parameters
        if self.content_weight > 0 and (maps is None or parameters.semantic_weight == 0):
            # Nothing says which part of the style belongs where, and to use all of it would put rocks into a garden.
            parameters = replace(parameters, variety=0)
        losses: dict[str, LayerLoss] = resolve_name(entry)(views, maps, size, parameters, self.style_loss)
        return losses

    def _content_losses(self, content: Tensor) -> dict[str, ContentLoss]:
        with convolutions(content.device, may_round=True):
            features = self.encoder(content[None], self.parameters.content_layers)
        return {
            layer: ContentLoss(x[0], factors_at(image_size(x), self.content_factors)) for layer, x in features.items()
        }


def objective_of(
    scene: Scene, phase: Phase, encoder: Encoder, features: StyleFeatures, kind: type[Objective] = Objective
) -> Objective:
    """Return what ``phase`` of ``scene`` minimises on its canvas; benchmarks ask for a plain ``kind``."""
    layers = scene.parameters.traced_layers
    views = views_of(phase.styles, scene.parameters, scene.shares)
    seen = [(view, features.of(encoder, *scene.styles[view.style], view, layers)) for view in views]
    canvas = scene.canvas(phase)
    content = None if scene.content is None else canvas.around(resized(scene.content, phase.output))
    maps = None if scene.maps is None else scene.maps.on(canvas)
    factors = None if scene.content_factors is None else canvas.around(scene.content_factors)
    return kind(encoder, seen, content, maps, canvas.size, scene.parameters, factors)


def measure(objectives: Sequence[Objective], images: Tensor, rematch: bool) -> list[Measurement]:
    """Measure the loss and its gradient at each of ``images`` (N, 3, H, W) by its objective, matching anew if asked.

    The objectives share an encoder, which sees the images as one batch.
    """
    images = images.detach().requires_grad_()
    layers = {layer for objective in objectives for layer in objective.layers}
    with convolutions(images.device, may_round=True):
        features = objectives[0].encoder(images, sorted(layers))
    apart = {layer: one_by_one(x) for layer, x in features.items()}
    losses = [
        objective.losses(image, {layer: x[number] for layer, x in apart.items()}, rematch)
        for number, (objective, image) in enumerate(zip(objectives, one_by_one(images), strict=True))
    ]
    with convolutions(images.device, may_round=True):
        (gradients,) = torch.autograd.grad([terms.loss for terms in losses], images)
    return [measurement(terms, gradient) for terms, gradient in zip(losses, gradients, strict=True)]


def one_by_one(x: Tensor) -> Sequence[Tensor]:
    """Return each of ``x`` (N, …), so that their gradients come back as they are, and not each among N - 1 of zeros."""
    return (x.squeeze(0),) if len(x) == 1 else x.unbind()


def measurement(terms: Terms, gradient: Tensor) -> Measurement:
    settled = Terms(*(term.detach() for term in terms))._replace(grad_max=gradient.abs().max())
    return Measurement(gradient, settled)


def layout_emphasis(size: Size, parameters: Parameters) -> float:
    """Return how much more content weighs in a phase of ``size`` than in the finest: 1 or more.

    Patches that continue each other keep the layout that the first phases find. So content counts more there, and
    strokes at the end.
    """
    if not parameters.traits.matches:
        return 1.0
    return min(MOST_EMPHASIS, max(1.0, parameters.size / max(size)))


def style_weight(parameters: Parameters) -> float:
    """Return β as a factor on the sum of the layers' losses."""
    traits = parameters.traits
    weight = parameters.style_weight * traits.style_ratio
    return weight / len(parameters.style_layers) if traits.averages_layers else weight
