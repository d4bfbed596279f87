"""``method=analogy``: A : A′ :: B : B′ (Hertzmann, Jacobs, Oliver, Curless & Salesin 2001).

A is the style's map, A′ the style, B the target map, and B′ the image. From coarse to fine, each patch of B′ is
matched with the patch of A′ that is most like it in pixels, in what both were at the coarser scale, and in the maps;
then each pixel becomes the mean of what the patches over it have there.
"""

from __future__ import annotations

import torch
from torch import Tensor

from semstyle.engine.analogy.field import Field
from semstyle.engine.analogy.scale import LAYER, Scale
from semstyle.engine.equipment import Equipment
from semstyle.engine.finishing import checkpoint, finished
from semstyle.engine.inputs.phases import Phase
from semstyle.engine.inputs.request import Request
from semstyle.engine.inputs.scene import Scene
from semstyle.engine.patches.origins import located
from semstyle.engine.patches.vote import vote
from semstyle.engine.rendering import Course, Rendering
from semstyle.engine.terms import Terms
from semstyle.engine.threads import one_thread
from semstyle.engine.tracing import Tracer
from semstyle.errors import RenderCancelled

EXACT_PAIRS = 2**27
"""Up to so many pairs of pixels, all are compared; finer scales begin with the matches of the coarser one."""
SEARCHES = 2
"""How many searches there are in each pass over a finer scale."""
COHERENT_SWEEPS = 2
PHASE_SEEDS = 0x9E3779B97F4A7C15
"""Gives each phase random numbers of its own, which do not depend on how many another phase took."""


@torch.no_grad()
def render_analogy(request: Request, equipment: Equipment, course: Course) -> Rendering:
    """Render ``request``.

    The trace has one row for each pass. Its ``loss`` is the mean squared difference of patches and their matches, per
    pixel, in units of the mean square of the styles' features; it is 0 when every patch of the image is a style's.

    Raises:
        InputError: when no patch fits into a style.
        RenderCancelled: ``on_step`` said so.
    """
    scene = Scene(request, equipment.device)
    tracer = Tracer(scene.phases, scene.parameters, course.on_step, scene.device)
    resume = course.resume
    image = matches = previous = None
    first = 0
    if resume is not None and resume.matches is not None:
        first, image, matches = resume.phase, resume.image.to(scene.device), resume.matches.to(scene.device)
        previous = Scale(scene, scene.phases[first - 1], None)
        tracer.go_on_from(resume)
    for phase in scene.phases[first:]:
        scale = Scale(scene, phase, image)
        generator = torch.Generator().manual_seed((scene.parameters.seed + phase.number * PHASE_SEEDS) % 2**63)
        if previous is None or matches is None:
            image = scale.start(generator) if scene.parameters.init == "noise" else scene.start()
        else:
            matches = enlarged(matches, previous, scale)
            image = put_together(matches, scale)
        for _ in range(scene.parameters.passes):
            image, matches = one_pass(scene, phase, scale, image, matches, generator, tracer)
        previous = scale
        if course.on_phase is not None and phase is not scene.phases[-1]:
            course.on_phase(checkpoint(scene, image, tracer, matches))
    assert image is not None and matches is not None and previous is not None
    origins = {LAYER: located(previous.pool, matches.cpu(), previous.views, scene.used)}
    return finished(tracer, scene.finish(image.clamp(0, 1)), origins, first, scene.device)


def one_pass(
    scene: Scene,
    phase: Phase,
    scale: Scale,
    image: Tensor,
    matches: Tensor | None,
    generator: torch.Generator,
    tracer: Tracer,
) -> tuple[Tensor, Tensor]:
    """Match ``image`` anew and put it together from the matches; returns both."""
    parameters = scene.parameters
    target = scale.features(image)
    if matches is not None:
        differences = Field(target, scale.pool, matches).differences()
        with one_thread():
            scale.pool.charge(matches, parameters.variety, differences.mean() / parameters.patch_size**2)
    if parameters.rematch == "every" or phase.pairs <= EXACT_PAIRS:
        field = Field(target, scale.pool, scale.pool.nearest(target))
    else:
        field = Field(target, scale.pool, first_matches(scale, generator) if matches is None else matches)
        for _ in range(SEARCHES):
            field.search(generator)
    slack = parameters.coherence * 2.0 ** (phase.number - len(scene.phases))
    for _ in range(COHERENT_SWEEPS if slack else 0):
        field.cohere(slack)
    image = put_together(field.matches, scale)
    if not tracer.record(phase, terms(field, scale), True, image):
        raise RenderCancelled(scene.finish(image.clamp(0, 1)).cpu())
    return image, field.matches


@one_thread()
def terms(field: Field, scale: Scale) -> Terms:
    """Return the terms of a pass for its row of the trace."""
    loss = field.differences().mean() / (scale.pool.patch_size**2 * scale.energy)
    return Terms.of_pass(loss, field.correlations().mean())


def put_together(matches: Tensor, scale: Scale) -> Tensor:
    """Make an image (3, H, W) in which each pixel is the mean of what the patches over it have there."""
    return vote(matches, scale.pool.ballot, scale.pool.patch_size).mean


def first_matches(scale: Scale, generator: torch.Generator) -> Tensor:
    border = scale.pool.patch_size - 1
    shape = (scale.size[0] - border, scale.size[1] - border)
    return torch.randint(len(scale.pool.corners), shape, generator=generator).to(scale.pool.corners.device)


def enlarged(matches: Tensor, coarse: Scale, fine: Scale) -> Tensor:
    """Carry the matches (H', W') of a coarser scale over to a scale that is twice as fine."""
    border = fine.pool.patch_size - 1
    rows, columns = fine.size[0] - border, fine.size[1] - border
    row = torch.arange(rows, device=matches.device)
    column = torch.arange(columns, device=matches.device)
    above = matches[(row // 2).clamp_max(matches.shape[0] - 1)][:, (column // 2).clamp_max(matches.shape[1] - 1)]
    return fine.pool.like(coarse.pool, above, row[:, None] % 2, column[None] % 2)
