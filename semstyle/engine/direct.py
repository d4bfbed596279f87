"""Methods that make an image in a few passes, without a network or an optimiser."""

from __future__ import annotations

import torch

from semstyle.engine.analogy.method import make_analogy
from semstyle.engine.recolor.method import recolored
from semstyle.engine.rendering import Checkpoint, OnPhase, OnStep, Rendering
from semstyle.engine.scene import Request, Scene
from semstyle.engine.tracing import Tracer


@torch.no_grad()
def render_direct(
    request: Request,
    device: torch.device,
    on_step: OnStep | None = None,
    on_phase: OnPhase | None = None,
    resume: Checkpoint | None = None,
) -> Rendering:
    """Render by ``analogy`` or ``color``; see :func:`semstyle.engine.render`.

    Raises:
        InputError: also when ``color`` has no content.
    """
    if device.type == "cuda":  # squared differences are small differences of large products
        torch.set_float32_matmul_precision("highest")
    scene = Scene(request, device)
    tracer = Tracer(scene.phases, scene.parameters, on_step)
    if request.parameters.method == "color":
        return recolored(scene, tracer)
    return make_analogy(scene, tracer, on_phase, resume)
