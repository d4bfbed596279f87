"""Rendering one image, coarse to fine (Champandard 2016, section 3; design, sections 2.5 and 2.6)."""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.encoder import Encoder, Pooling
from semstyle.engine.errors import InputError, NonFiniteLossError, RenderCancelled
from semstyle.engine.lbfgs import BoundedLBFGS
from semstyle.engine.memory import peak_memory
from semstyle.engine.objective import Measurement, Objective
from semstyle.engine.parameters import Parameters
from semstyle.engine.phases import Phase, Size, output_size, plan_phases, rematch_schedule
from semstyle.engine.rendering import OnStep, Rendering
from semstyle.engine.semantic_map import MapPair
from semstyle.engine.tracing import Tracer
from semstyle.engine.weights import load_encoder

MOST_RESTARTS = 3
REMATCH_TOLERANCE = 0.05
"""How much the loss may grow when new matches change what it measures."""


def render(
    style: Tensor,
    style_map: Tensor | None = None,
    target_map: Tensor | None = None,
    content: Tensor | None = None,
    parameters: Parameters | None = None,
    *,
    init_image: Tensor | None = None,
    encoder: Encoder | None = None,
    device: str | torch.device = "cpu",
    on_step: OnStep | None = None,
) -> Rendering:
    """Make an image in the style of ``style``, laid out by ``target_map``, with the content of ``content``.

    Args:
        style: (3, h, w) in 0..1.
        style_map: (M, h', w') semantic map of the style; with ``target_map`` or not at all.
        target_map: (M, h'', w'') semantic map of the image to make.
        content: (3, h''', w''') in 0..1.
        parameters: Everything else; defaults if None.
        init_image: (3, any, any), where to start when ``parameters.init`` is a URI.
        encoder: Made by :func:`load_encoder` from the parameters if None.
        device: ``cpu`` or ``cuda``.
        on_step: Told of every evaluation, in order; returns False to cancel.

    Raises:
        InputError: The images and maps do not fit together or with the parameters.
        NonFiniteLossError: The loss was not finite even after three restarts.
        RenderCancelled: ``on_step`` said so.
    """
    parameters = parameters or Parameters()
    device = torch.device(device)
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
    encoder = (encoder or load_encoder(parameters.encoder, cast(Pooling, parameters.pooling))).to(device)
    style = on_device(style, device)
    content = None if content is None else on_device(content, device)
    init_image = None if init_image is None else on_device(init_image, device)
    maps = map_pair(style_map, target_map, parameters, device)
    shape = layout(style, target_map, content, parameters)
    phases = plan_phases(parameters, output_size(parameters, shape), image_size(style))
    tracer = Tracer(phases, parameters, on_step)
    image = starting_image(parameters, phases[0].output, content, init_image, device)
    for phase in phases:
        objective = Objective(
            encoder,
            resized(style, phase.style),
            None if content is None else resized(content, phase.output),
            maps,
            phase.output,
            parameters,
        )
        image = optimize(objective, resized(image, phase.output), phase, parameters, tracer)
    last = tracer.trace[-1]
    metrics = {
        "seconds": last.seconds,
        "evaluations": float(len(tracer.trace)),
        "phases": float(len(phases)),
        "final_loss": last.loss,
        "match_score": last.match_score,
        "peak_memory": float(peak_memory(device)),
    }
    return Rendering(image.float().cpu(), tracer.trace, metrics)


def optimize(objective: Objective, image: Tensor, phase: Phase, parameters: Parameters, tracer: Tracer) -> Tensor:
    """Minimise ``objective`` over the pixels from ``image`` (3, H, W), with a fresh history."""
    optimizer = BoundedLBFGS(image)
    for rematch in rematch_schedule(parameters):
        measured: Measurement = objective.measure(optimizer.propose(), rematch)
        optimizer.tell(measured.loss, measured.gradient, REMATCH_TOLERANCE if rematch else 0.0)
        wanted = tracer.record(phase, measured, rematch, optimizer.image)
        if tracer.looking and optimizer.restarts > MOST_RESTARTS:
            raise NonFiniteLossError(
                f"the loss is not finite in phase {phase.number} even after {MOST_RESTARTS} restarts; "
                "lower the weights or use another encoder",
                optimizer.image.cpu(),
            )
        if not wanted:
            raise RenderCancelled(optimizer.image.cpu())
    return optimizer.image


def map_pair(
    style_map: Tensor | None, target_map: Tensor | None, parameters: Parameters, device: torch.device
) -> MapPair | None:
    """The maps to match with, or None when the method or γ leaves them out.

    Raises:
        InputError: when only one is given.
    """
    if (style_map is None) != (target_map is None):
        missing = "style_map" if style_map is None else "target_map"
        raise InputError(f"{missing} is missing: the style and the target each need a semantic map, or neither")
    if style_map is None or target_map is None or parameters.method == "patch" or parameters.semantic_weight == 0:
        return None
    return MapPair(style_map.to(device), target_map.to(device), parameters.map_encoding)


def layout(style: Tensor, target_map: Tensor | None, content: Tensor | None, parameters: Parameters) -> Size:
    """The shape whose aspect the output takes: the content's, else the target map's, else what is asked or the style's.

    Raises:
        InputError: when content and target map differ in aspect by more than rounding.
    """
    if content is None and target_map is None:
        return image_size(style) if parameters.aspect is None else (1000, max(1, round(1000 * parameters.aspect)))
    if content is not None and target_map is not None:
        (h, w), (map_h, map_w) = image_size(content), image_size(target_map)
        if abs(w / h / (map_w / map_h) - 1) > 1.5 * (1 / min(h, w) + 1 / min(map_h, map_w)):
            raise InputError(
                f"content is {w}×{h} pixels and target_map {map_w}×{map_h}: they need the same aspect; crop one of them"
            )
    given = content if content is not None else target_map
    assert given is not None
    return image_size(given)


def starting_image(
    parameters: Parameters, size: Size, content: Tensor | None, init_image: Tensor | None, device: torch.device
) -> Tensor:
    """(3, H, W): noise from the seed, the same on every device, or the content, or the image given.

    Raises:
        InputError: when the image to start from is not there.
    """
    if parameters.init == "noise":
        noise = torch.rand(3, *size, generator=torch.Generator().manual_seed(parameters.seed))
        return (0.25 + 0.5 * noise).to(device)
    image = content if parameters.init == "content" else init_image
    if image is None:
        raise InputError(f"init is {parameters.init!r}, but there is no such image; give it, or use init=noise")
    return resized(image, size)


def on_device(image: Tensor, device: torch.device) -> Tensor:
    if image.ndim != 3 or image.shape[0] != 3:
        raise InputError(f"an image has shape (3, height, width), not {tuple(image.shape)}")
    return image.to(device, torch.float32)


def image_size(image: Tensor) -> Size:
    return image.shape[-2], image.shape[-1]


def resized(image: Tensor, size: Size) -> Tensor:
    """Bicubic, antialiased when smaller, its range clamped but never stretched."""
    if image_size(image) == size:
        return image
    return F.interpolate(image[None], size, mode="bicubic", antialias=True)[0].clamp(0, 1)
