"""Rendering an order. Imports torch: only the process that renders imports this module."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from semstyle.engine import Course, Rendering, Request, StyleFeatures, render_request
from semstyle.engine.memory import keep_freed_memory, release_freed_memory
from semstyle.engine.rendering import OnStep
from semstyle.images import encode_png
from semstyle.manifest.fetched_encoder import encoder_for
from semstyle.manifest.inputs import load_inputs
from semstyle.manifest.recipe import RECIPE_KEY, Recipe
from semstyle.storage import AllowList
from semstyle.studio.renders.news import End
from semstyle.studio.renders.order import RenderOrder

FEATURES_BYTES = 256 * 2**20
LARGE = 512
"""Memory that renders of a larger long side have used is given back."""


class Renderer:
    """Renders one order after the other, and remembers the features of the last styles."""

    def __init__(self, device: str, threads: int | None) -> None:
        keep_freed_memory()
        if threads is not None:
            torch.set_num_threads(threads)
        use_gpu = device == "cuda" or (device == "auto" and torch.cuda.is_available())
        self._device = torch.device("cuda" if use_gpu else "cpu")
        self._features = StyleFeatures(FEATURES_BYTES)

    def render(self, order: RenderOrder, on_step: OnStep) -> End:
        """Render; raises as :func:`semstyle.engine.render`."""
        row, allow = order.row(), AllowList([Path(order.base).as_uri()])
        inputs = load_inputs(row, allow)
        request = Request(**inputs.as_dict(), parameters=row.parameters)
        rendering = render_request(
            request,
            encoder=encoder_for(row.parameters, allow),
            device=self._device,
            style_features=self._features,
            course=Course(on_step=on_step),
        )
        text = Recipe.of(row, rendering.trace[-1].phase).text()
        picture = encode_png(rendering.to_pil(), {RECIPE_KEY: text})
        facts = {"seconds": rendering.metrics["seconds"]}
        if row.parameters.size > LARGE:
            release_freed_memory()
        return End("finished", picture=picture, facts=facts)


def png_of(image: Tensor) -> bytes:
    """Return the picture (3, H, W) as a PNG."""
    return encode_png(Rendering(image.detach(), []).to_pil())
