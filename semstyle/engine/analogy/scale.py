"""One scale of an analogy: what the patches of image and styles are compared by."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from semstyle.engine.analogy.source_pool import PixelSource, SourcePool
from semstyle.engine.encoders.pixels import Pixels
from semstyle.engine.inputs.phases import Phase, scaled
from semstyle.engine.inputs.resizing import image_size, resized
from semstyle.engine.inputs.scene import Scene
from semstyle.engine.inputs.semantic_map import layer_weight
from semstyle.engine.inputs.views import SHARE_EXPONENT, View, views_of
from semstyle.engine.threads import one_thread

LAYER = "1_1"
"""The name of the pixels wherever a layer is named."""
LEAST_STYLE_WEIGHT = 1e-3
LEAST_DEVIATION = 1e-3


class Scale:
    """What the patches of one scale are compared by: up to four kinds of channels, in this order.

    First the pixels of the image being made (B′) and of the style (A′). Then, where there is a coarser scale, what they
    were there. Then the maps (A and B), times γ's weight. Last, where there is a content, its luminance (B) and the
    style's own, blurred and brought to its mean and deviation (A; Hertzmann 2001, sections 3.4 and 4.2).

    Args:
        coarser: The image (3, h, w) that the coarser scale made, or None at the coarsest.

    Attributes:
        pool: The styles' patches.
        energy: The mean square of the styles' features.
    """

    def __init__(self, scene: Scene, phase: Phase, coarser: Tensor | None) -> None:
        self.scene = scene
        self.size = phase.output
        self.views = views_of(phase.styles, scene.parameters, scene.shares)
        self._pixels = Pixels()
        colors = [view.of(scene.styles[view.style][0]) for view in self.views]
        own = [self.channels(of_view) for of_view in colors]
        guides, self._target_guide = self._guides(colors, own, coarser)
        features = [torch.cat([x, guide]) for x, guide in zip(own, guides, strict=True)]
        with one_thread():
            self.energy = torch.cat([x.flatten(1) for x in features], 1).square().sum(0).mean()
        sources = [
            PixelSource(of_view, x, view.outside(LAYER), disfavour(view))
            for view, of_view, x in zip(self.views, colors, features, strict=True)
        ]
        self.pool = SourcePool(sources, scene.parameters.patch_size)

    def channels(self, image: Tensor) -> Tensor:
        """Return the pixels of ``image`` (3, H, W) as they are compared."""
        features: dict[str, Tensor] = self._pixels(image[None], [LAYER])
        return features[LAYER][0]

    def features(self, image: Tensor) -> Tensor:
        """Return the features (H, W, C) of the image being made, (3, H, W)."""
        return torch.cat([self.channels(image), self._target_guide]).permute(1, 2, 0).contiguous()

    def start(self, generator: torch.Generator) -> Tensor:
        """Return an image of the styles' pixels in disorder; each is that of 16 random ones which fits the map best."""
        colors = self.pool.ballot.pixels[:-1].t()
        height, width = self.size
        tried = torch.randint(colors.shape[1], (16, height * width), generator=generator).to(colors.device)
        wanted = self._target_guide.flatten(1)
        theirs = self.pool.pixels[:, 3:].t()
        cost = self.pool.fence[tried] + sum(
            ((channel[tried] - own).square() for channel, own in zip(theirs, wanted, strict=True)),
            torch.zeros_like(tried, dtype=colors.dtype),
        )
        chosen = tried.gather(0, cost.argmin(0)[None])[0]
        return colors[:, chosen].view(3, height, width)

    def _guides(self, colors: list[Tensor], own: list[Tensor], coarser: Tensor | None) -> tuple[list[Tensor], Tensor]:
        """Return the channels that do not change while the image is made: those of each view, and of the image."""
        height, width = self.size
        guides = [[x[:0]] for x in own]
        target = [own[0].new_zeros(0, height, width)]
        if coarser is not None:
            target.append(self.channels(resized(coarser, self.size)))
            for guide, of_view in zip(guides, colors, strict=True):
                guide.append(self.channels(blurred(of_view)))
        if self.scene.maps is not None:
            maps = [self.scene.maps.style_at(*image_size(x), view) for x, view in zip(own, self.views, strict=True)]
            pixels = [torch.cat([x, *guide]) for x, guide in zip(own, guides, strict=True)]
            weight = layer_weight(self.scene.parameters.semantic_weight, pixels, maps)
            target.append(weight * self.scene.maps.target_at(height, width))
            for guide, channels in zip(guides, maps, strict=True):
                guide.append(weight * channels)
        luminance = luminance_weight(self.scene)
        if luminance and self.scene.content is not None:
            wanted = self.channels(blurred(resized(self.scene.content, self.size)))[:1]
            target.append(luminance * wanted)
            for guide, of_view in zip(guides, colors, strict=True):
                guide.append(luminance * remapped(self.channels(blurred(of_view))[:1], wanted))
        return [torch.cat(guide) for guide in guides], torch.cat(target)


def disfavour(view: View) -> float:
    """Return how many units a pixel of the view costs beyond its difference: log(the largest share / its style's)."""
    return -math.log(view.favour) / SHARE_EXPONENT


def luminance_weight(scene: Scene) -> float:
    """Return the weight of the content's luminance: √(α/10 · 25/β), as α and β weigh squares."""
    weight = scene.parameters.weight_of_content(scene.content is not None)
    return math.sqrt(weight / 10 * 25 / max(scene.parameters.style_weight, LEAST_STYLE_WEIGHT))


def blurred(image: Tensor) -> Tensor:
    """Return ``image`` as it would look at half its size."""
    size = image_size(image)
    return resized(resized(image, scaled(size, 0.5)), size)


@one_thread()
def remapped(values: Tensor, like: Tensor) -> Tensor:
    """Return ``values`` with the mean and deviation of ``like``."""
    deviation = values.std().clamp_min(LEAST_DEVIATION)
    return (values - values.mean()) * (like.std() / deviation) + like.mean()
