"""Semantic style transfer: images in, image out.

Needs only torch, torchvision, numpy and pillow::

    from semstyle.engine import Parameters, render

    rendering = render("style.jpg", "style_map.png", "doodle.png", parameters=Parameters(size=512))
    rendering.to_pil().save("out.png")

Names are loaded when first used, so that checking parameters does not import torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from semstyle.engine.parameters import Parameters
from semstyle.errors import InputError, NonFiniteLossError, ParameterError, RenderCancelled, RenderError

if TYPE_CHECKING:
    from semstyle.engine.encoders.encoder import Encoder
    from semstyle.engine.encoders.loading import encoder_of, load_encoder
    from semstyle.engine.encoders.style_features import StyleFeatures
    from semstyle.engine.inputs.request import Request
    from semstyle.engine.renderer import render, render_batch, render_request
    from semstyle.engine.rendering import Checkpoint, Course, Evaluation, Progress, Rendering

_LAZY = {
    "Checkpoint": "rendering",
    "Course": "rendering",
    "Encoder": "encoders.encoder",
    "Evaluation": "rendering",
    "Progress": "rendering",
    "Rendering": "rendering",
    "Request": "inputs.request",
    "StyleFeatures": "encoders.style_features",
    "encoder_of": "encoders.loading",
    "load_encoder": "encoders.loading",
    "render": "renderer",
    "render_batch": "renderer",
    "render_request": "renderer",
}

__all__ = [
    "Checkpoint",
    "Course",
    "Encoder",
    "Evaluation",
    "InputError",
    "NonFiniteLossError",
    "ParameterError",
    "Parameters",
    "Progress",
    "RenderCancelled",
    "RenderError",
    "Rendering",
    "Request",
    "StyleFeatures",
    "encoder_of",
    "load_encoder",
    "render",
    "render_batch",
    "render_request",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(f"semstyle.engine.{_LAZY[name]}"), name)
    raise AttributeError(f"module 'semstyle.engine' has no attribute {name!r}")
