"""This module makes an image by minimising a loss over its pixels, coarse to fine (Champandard 2016, section 3)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from semstyle.engine.encoders.encoder import Encoder
from semstyle.engine.equipment import Equipment
from semstyle.engine.finishing import checkpoint, finished
from semstyle.engine.inputs.phases import rematch_schedule, stretch_ends
from semstyle.engine.inputs.request import Request
from semstyle.engine.inputs.resizing import image_size, resized
from semstyle.engine.inputs.scene import Scene
from semstyle.engine.inputs.views import views_of
from semstyle.engine.optimised.lbfgs import BoundedLBFGS
from semstyle.engine.optimised.losses import StyleLoss
from semstyle.engine.optimised.objective import Objective, measure, objective_of
from semstyle.engine.optimised.preconditioner import FrequencyFilter
from semstyle.engine.parameters import Parameters
from semstyle.engine.patches.origins import Origins, located
from semstyle.engine.rendering import Course, Rendering
from semstyle.engine.tracing import Tracer
from semstyle.errors import NonFiniteLossError, RenderCancelled

MOST_RESTARTS = 3
REMATCH_TOLERANCE = 1.0
"""The loss may grow so much, relatively, when new matches change what it measures. Coherence and prices often choose
less alike patches than before: at 0.05 steps were taken back for that, and renders ended 6 to 13 % higher."""


def render_optimised(request: Request, equipment: Equipment, course: Course) -> Rendering:
    """Render by a method that optimises; see :func:`semstyle.engine.render` for what is raised."""
    encoder = equipment.encoder_for(request.parameters)
    scene = Scene(request, equipment.device)
    tracer = Tracer(scene.phases, scene.parameters, course.on_step, equipment.device)
    image, first = scene.start(), 0
    if course.resume is not None:
        image, first = course.resume.image.to(equipment.device), course.resume.phase
        tracer.go_on_from(course.resume)
    for number in range(first, len(scene.phases)):
        objectives = objectives_of([scene], number, encoder, equipment)
        try:
            [image] = optimize(objectives, [image], number, [scene], [tracer])
        except RenderCancelled as stopped:
            if isinstance(stopped.image, Tensor):
                stopped.image = scene.finish(stopped.image)
            raise
        if number + 1 < len(scene.phases):
            tell_phase([course], [scene], [image], [tracer])
    return finished(tracer, scene.finish(image), origins_of(objectives[0], scene), first, equipment.device)


def render_together(
    requests: Sequence[Request], equipment: Equipment, courses: Sequence[Course] | None = None
) -> list[Rendering]:
    """Render requests of one shape, whose images the encoder sees as one batch; each has its own optimiser.

    Args:
        courses: Whom to tell how each render is doing, by default nobody.
    """
    courses = courses or [Course()] * len(requests)
    encoder = equipment.encoder_for(requests[0].parameters)
    scenes = [Scene(request, equipment.device) for request in requests]
    tracers = [
        Tracer(scene.phases, scene.parameters, course.on_step, equipment.device)
        for scene, course in zip(scenes, courses, strict=True)
    ]
    images = [scene.start() for scene in scenes]
    for number in range(len(scenes[0].phases)):
        objectives = objectives_of(scenes, number, encoder, equipment)
        images = optimize(objectives, images, number, scenes, tracers)
        if number + 1 < len(scenes[0].phases):
            tell_phase(courses, scenes, images, tracers)
    return [
        finished(tracer, scene.finish(image), origins_of(objective, scene), 0, equipment.device)
        for tracer, image, objective, scene in zip(tracers, images, objectives, scenes, strict=True)
    ]


def tell_phase(
    courses: Sequence[Course], scenes: Sequence[Scene], images: Sequence[Tensor], tracers: Sequence[Tracer]
) -> None:
    """Tell those who want to know what each image is like at the end of a phase; the host waits for the device then."""
    for course, scene, image, tracer in zip(courses, scenes, images, tracers, strict=True):
        if course.on_phase is not None:
            course.on_phase(checkpoint(scene, image, tracer))


def objectives_of(scenes: Sequence[Scene], number: int, encoder: Encoder, equipment: Equipment) -> list[Objective]:
    """Return the objective of each scene in its phase ``number``, from 0."""
    return [objective_of(scene, scene.phases[number], encoder, equipment.style_features) for scene in scenes]


def optimize(
    objectives: Sequence[Objective],
    images: Sequence[Tensor],
    number: int,
    scenes: Sequence[Scene],
    tracers: Sequence[Tracer],
) -> list[Tensor]:
    """Minimise each objective over the pixels from its image (3, H, W), each with a fresh history.

    A canvas is made around each image, and the image is cut out of it again. An image whose loss has settled
    (``tolerance``) is left as it is, while the others go on.

    Args:
        number: Number of the phase, from 0.
    """
    phases = [scene.phases[number] for scene in scenes]
    canvas = scenes[0].canvas(phases[0])
    optimizers = [
        optimizer_of(canvas.around(resized(image, canvas.output)), scene.parameters)
        for image, scene in zip(images, scenes, strict=True)
    ]
    ends = [stretch_ends(scene.phases[number], scene.phases[-1], scene.parameters) for scene in scenes]
    going = list(range(len(scenes)))
    for evaluation, rematch in enumerate(rematch_schedule(phases[0], scenes[0].phases[-1], scenes[0].parameters)):
        points = torch.stack([optimizers[one].propose() for one in going])
        measured = measure([objectives[one] for one in going], points, rematch)
        for one, measurement in zip(going, measured, strict=True):
            optimizer, tracer = optimizers[one], tracers[one]
            optimizer.tell(measurement.loss, measurement.gradient, REMATCH_TOLERANCE if rematch else 0.0)
            image, stretch = canvas.within(optimizer.image), ends[one].get(evaluation, 0)
            wanted = tracer.record(phases[one], measurement.terms, rematch, image, optimizer.restarts, stretch)
            if tracer.restarts > MOST_RESTARTS:
                raise NonFiniteLossError(
                    f"the loss is not finite in phase {phases[one].number} even after {MOST_RESTARTS} restarts; "
                    "lower the weights or use another encoder",
                    image.contiguous().cpu(),
                )
            if not wanted:
                raise RenderCancelled(image.contiguous().cpu())
        going = [one for one in going if not tracers[one].settled]
        if not going:
            break
    return [canvas.within(optimizer.image).contiguous() for optimizer in optimizers]


def optimizer_of(start: Tensor, parameters: Parameters) -> BoundedLBFGS:
    """Return the optimiser of an image (3, H, W) that begins with ``start``."""
    precondition = FrequencyFilter(start) if parameters.precondition == "frequency" else None
    return BoundedLBFGS(start, precondition=precondition)


def origins_of(objective: Objective, scene: Scene) -> dict[str, Origins]:
    """Return the origins by layer, from the finest phase's objective; empty for a method that matches no patches."""
    views = views_of(scene.phases[-1].styles, scene.parameters, scene.shares)
    canvas = scene.canvas(scene.phases[-1])
    origins = {}
    for layer, loss in objective.style_losses.items():
        if isinstance(loss, StyleLoss) and loss.matches is not None:
            index = canvas.patches_within(loss.matches.index.cpu(), layer)
            places = canvas.places(image_size(index), layer, loss.patch_size)
            origins[layer] = located(loss.pool, index, views, scene.used, places)
    return origins
