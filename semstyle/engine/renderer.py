"""Rendering, coarse to fine: one image, or several of one shape side by side (Champandard 2016, section 3)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from semstyle.engine.direct import render_direct
from semstyle.engine.encoder import Encoder
from semstyle.engine.errors import InputError, NonFiniteLossError, RenderCancelled
from semstyle.engine.finishing import checkpoint, finished
from semstyle.engine.lbfgs import BoundedLBFGS
from semstyle.engine.memory import reset_peak_memory
from semstyle.engine.objective import Objective, measure
from semstyle.engine.origins import origins_of
from semstyle.engine.parameters import Parameters
from semstyle.engine.phases import Phase, rematch_schedule
from semstyle.engine.pictures import Picture, Pictures
from semstyle.engine.rendering import Checkpoint, OnPhase, OnStep, Rendering
from semstyle.engine.resizing import resized
from semstyle.engine.scene import Request, Scene
from semstyle.engine.side_by_side import side_by_side
from semstyle.engine.style_features import StyleFeatures
from semstyle.engine.tracing import Tracer
from semstyle.engine.weights import encoder_of

MOST_RESTARTS = 3
REMATCH_TOLERANCE = 0.05
"""How much the loss may grow when new matches change what it measures."""


def render(
    style: Pictures,
    style_map: Pictures | None = None,
    target_map: Picture | None = None,
    content: Picture | None = None,
    parameters: Parameters | None = None,
    *,
    init_image: Picture | None = None,
    encoder: Encoder | None = None,
    device: str | torch.device = "cpu",
    on_step: OnStep | None = None,
    on_phase: OnPhase | None = None,
    resume: Checkpoint | None = None,
    style_features: StyleFeatures | None = None,
) -> Rendering:
    """Make an image in the style of ``style``, laid out by ``target_map``, with the content of ``content``.

    A picture is the path of a file on this machine (PNG, JPEG or WebP, a map also ``.npy``), a PIL image, a NumPy array
    (height, width, channels) or (height, width), or a tensor (channels, height, width). An image's values are uint8 in
    0..255 or floats in 0..1, and its channels 3; of a file, a PIL image or an array also 1 or, with alpha, 4.

    Args:
        style: A picture, or a list of several.
        style_map: Semantic map of the style, or a list with one of each style; with ``target_map`` or not at all. It
            has the style's aspect, but may be smaller, and any number of channels.
        target_map: Semantic map of the image to make, with as many channels.
        content: A picture, of the target map's aspect.
        parameters: Everything else; defaults if None.
        init_image: Where to start when ``parameters.init`` is neither noise nor content; a picture.
        encoder: Made by :func:`load_encoder` from the parameters if None.
        device: ``cpu`` or ``cuda``.
        on_step: Told of every evaluation, in order; returns False to cancel.
        on_phase: Given a checkpoint at the end of every phase but the last.
        resume: A checkpoint of the same render to go on from; the result is the same.
        style_features: Remembers styles from one render to the next.

    Raises:
        InputError: The images and maps do not fit together or with the parameters.
        NonFiniteLossError: The loss was not finite even after three restarts.
        RenderCancelled: ``on_step`` said so.
    """
    request = Request(style, style_map, target_map, content, parameters or Parameters(), init_image)
    device = torch.device(device)
    reset_peak_memory(device)
    return render_together([request], encoder, device, style_features, on_step, on_phase, resume)[0]


def render_batch(
    requests: Sequence[Request],
    *,
    encoder: Encoder | None = None,
    device: str | torch.device = "cpu",
    style_features: StyleFeatures | None = None,
) -> list[Rendering]:
    """Render several requests of one shape side by side, each with its own optimiser and trace.

    On a GPU the encoder sees their images as one batch; otherwise each goes its own way, as it would alone. On a CPU
    each of torch's threads renders one at a time: two threads finish two renders long before they finish one twice.

    Raises:
        InputError: as :func:`render`; also when the requests differ in what a batch shares: the output's
            size, ``iterations``, ``rematch``, the encoder and whether the method optimises.
        NonFiniteLossError: One of the losses was not finite even after three restarts.
    """
    check_together(requests)
    device = torch.device(device)
    encoder = encoder or encoder_of(requests[0].parameters)
    style_features = style_features or StyleFeatures(0)
    reset_peak_memory(device)
    if device.type == "cpu":
        renderings = side_by_side(
            lambda request: render_together([request], encoder, device, style_features)[0], requests
        )
    else:
        renderings = render_together(requests, encoder, device, style_features)
    for rendering in renderings:
        rendering.metrics["batch"] = float(len(requests))
    return renderings


def render_together(
    requests: Sequence[Request],
    encoder: Encoder | None,
    device: torch.device,
    style_features: StyleFeatures | None,
    on_step: OnStep | None = None,
    on_phase: OnPhase | None = None,
    resume: Checkpoint | None = None,
) -> list[Rendering]:
    if requests[0].parameters.is_direct:
        return [render_direct(request, device, on_step, on_phase, resume) for request in requests]
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
    encoder = (encoder or encoder_of(requests[0].parameters)).to(device)
    style_features = style_features or StyleFeatures(0)
    scenes = [Scene(request, device) for request in requests]
    tracers = [Tracer(scene.phases, scene.parameters, on_step) for scene in scenes]
    images = [scene.start() for scene in scenes]
    first = 0
    if resume is not None:
        images, first = [resume.image.to(device)], resume.phase
        tracers[0].go_on_from(resume)
    for number in range(first, len(scenes[0].phases)):
        phases = [scene.phases[number] for scene in scenes]
        objectives = [
            scene.objective(phase, encoder, style_features) for scene, phase in zip(scenes, phases, strict=True)
        ]
        images = [resized(image, phase.output) for image, phase in zip(images, phases, strict=True)]
        try:
            images = optimize(objectives, images, phases, scenes[0].phases[-1], tracers)
        except RenderCancelled as stopped:
            if isinstance(stopped.image, Tensor):  # only a render by itself is cancelled
                stopped.image = scenes[0].finish(stopped.image)
            raise
        if on_phase is not None and number + 1 < len(scenes[0].phases):
            on_phase(checkpoint(scenes[0], images[0], tracers[0]))
    return [
        finished(tracer, scene.finish(image), origins_of(objective, scene), first, device)
        for tracer, image, objective, scene in zip(tracers, images, objectives, scenes, strict=True)
    ]


def optimize(
    objectives: Sequence[Objective],
    images: Sequence[Tensor],
    phases: Sequence[Phase],
    finest: Phase,
    tracers: Sequence[Tracer],
) -> list[Tensor]:
    """Minimise each objective over the pixels from its image (3, H, W), each with a fresh history."""
    optimizers = [BoundedLBFGS(image) for image in images]
    for rematch in rematch_schedule(phases[0], finest, objectives[0].parameters):
        points = torch.stack([optimizer.propose() for optimizer in optimizers])
        measured = measure(objectives, points, rematch)
        for optimizer, measurement, phase, tracer in zip(optimizers, measured, phases, tracers, strict=True):
            optimizer.tell(measurement.loss, measurement.gradient, REMATCH_TOLERANCE if rematch else 0.0)
            wanted = tracer.record(phase, measurement.terms, rematch, optimizer.image)
            if tracer.looking and optimizer.restarts > MOST_RESTARTS:
                raise NonFiniteLossError(
                    f"the loss is not finite in phase {phase.number} even after {MOST_RESTARTS} restarts; "
                    "lower the weights or use another encoder",
                    optimizer.image.cpu(),
                )
            if not wanted:
                raise RenderCancelled(optimizer.image.cpu())
    return [optimizer.image for optimizer in optimizers]


def check_together(requests: Sequence[Request]) -> None:
    """Raise :class:`InputError` unless the requests can be rendered as one batch."""
    if len({request.shared for request in requests}) > 1:
        raise InputError("a batch shares its output size, iterations, rematch, encoder and method; render these apart")
