"""``method=color``: each region of the content gets the colours of the style's region of the same label."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from semstyle.engine.equipment import Equipment
from semstyle.engine.finishing import finished
from semstyle.engine.inputs.phases import Size
from semstyle.engine.inputs.regions import regions_of
from semstyle.engine.inputs.request import Request
from semstyle.engine.inputs.resizing import image_size, resized
from semstyle.engine.inputs.scene import Scene
from semstyle.engine.inputs.semantic_map import MapPair
from semstyle.engine.inputs.views import View
from semstyle.engine.recolor.oklab import from_oklab, to_oklab
from semstyle.engine.recolor.soft_masks import softened
from semstyle.engine.recolor.transport import Gaussian, squared_distance, transport
from semstyle.engine.rendering import Course, Rendering
from semstyle.engine.terms import Terms
from semstyle.engine.threads import one_thread
from semstyle.engine.tracing import Tracer
from semstyle.errors import InputError, RenderCancelled

LOSS_UNIT = 100.0
"""Oklab's lightness is 0..1; in the loss it is 0..100, as in CIELAB."""
LEAST_WEIGHT = 1e-9


@torch.no_grad()
def render_recolored(request: Request, equipment: Equipment, course: Course) -> Rendering:
    """Render ``request``.

    The trace has one row. Its ``loss`` is the squared Wasserstein distance of the image's colours to the style's in
    Oklab (L in 0..100), both taken for Gaussians, as a mean over the regions by their area.

    Raises:
        InputError: when there is no content.
        RenderCancelled: ``on_step`` said so.
    """
    scene = Scene(request, equipment.device)
    tracer = Tracer(scene.phases, scene.parameters, course.on_step, scene.device)
    if scene.content is None:
        raise InputError("content is missing: method color changes a content image's colours; give one")
    phase = scene.phases[0]
    colors = to_oklab(resized(scene.content, phase.output))
    regions = None if scene.maps is None else regions_of(scene.maps)
    masks = colors.new_ones(1, *phase.output) if regions is None else regions.target_at(*phase.output)
    with one_thread():
        area = float(masks.sum())
    wanted = style_colors(scene, phase.styles, regions)
    soft = softened(masks, colors[0])
    made = torch.zeros_like(colors)
    loss = 0.0
    for mask, blend, style in zip(masks, soft, wanted, strict=True):
        own = Gaussian.of(colors.flatten(1), mask.flatten())
        if own.weight < LEAST_WEIGHT:
            continue
        change = transport(own, style)
        made += blend * change(colors)
        loss += squared_distance(change.pushed(own), style) * own.weight / area
    image = from_oklab(made)
    total = torch.tensor(loss * LOSS_UNIT**2, device=image.device)
    if not tracer.record(phase, Terms.of_pass(total, torch.zeros_like(total)), False, image):
        raise RenderCancelled(scene.finish(image).cpu())
    return finished(tracer, scene.finish(image), {}, 0, scene.device)


def style_colors(scene: Scene, sizes: Sequence[Size], regions: MapPair | None) -> list[Gaussian]:
    """Return the colours of all styles in each region; a style counts by its share, whatever its size."""
    colors, weights = [], []
    for number, ((style, _), size, share) in enumerate(zip(scene.styles, sizes, scene.shares, strict=True)):
        small = resized(style, min(size, image_size(style)))
        colors.append(to_oklab(small).flatten(1))
        height, width = image_size(small)
        masks = small.new_ones(1, height, width)
        if regions is not None:
            masks = regions.style_at(height, width, View(number, (height, width)))
        weights.append(masks.flatten(1) * (share / (height * width)))
    pooled, counted = torch.cat(colors, 1), torch.cat(weights, 1)
    return [Gaussian.of(pooled, of_region) for of_region in counted]
