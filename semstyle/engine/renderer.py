"""Rendering: one image, or several of one shape side by side, by whatever method they ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pkgutil import resolve_name

import torch

from semstyle.engine.encoders.encoder import Encoder
from semstyle.engine.encoders.loading import encoder_of
from semstyle.engine.encoders.style_features import StyleFeatures
from semstyle.engine.equipment import Equipment
from semstyle.engine.exactness import exact
from semstyle.engine.inputs.pictures import Picture, Pictures
from semstyle.engine.inputs.request import Request
from semstyle.engine.memory import reset_peak_memory
from semstyle.engine.parameters import Parameters
from semstyle.engine.rendering import Checkpoint, Course, OnPhase, OnStep, Rendering
from semstyle.engine.side_by_side import side_by_side
from semstyle.errors import InputError

RenderOne = Callable[[Request, Equipment, Course], Rendering]
"""The function by which a method makes one image. It calls ``on_step`` after each evaluation, and ``on_phase`` after
each phase but the last; it goes on from ``resume`` where there is one."""
RenderTogether = Callable[[Sequence[Request], Equipment, Sequence[Course]], list[Rendering]]
"""The function by which a method makes several images at once; all requests have the same ``batch_key``, and each has a
course, which begins at its beginning."""


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
        parameters: Everything else; None takes the defaults.
        init_image: Where to start when ``parameters.init`` is neither noise nor content; a picture.
        encoder: The encoder; None loads the one that the parameters name, by :func:`load_encoder`.
        device: ``cpu`` or ``cuda``.
        on_step: Called after every evaluation, in order; it returns False to cancel.
        on_phase: Called with a checkpoint at the end of every phase but the last.
        resume: A checkpoint of the same render to go on from; the result is the same.
        style_features: Remembers the features of styles from one render to the next.

    Raises:
        InputError: The images and maps do not fit together or with the parameters.
        NonFiniteLossError: The loss was not finite even after three restarts.
        RenderCancelled: ``on_step`` said so.
    """
    request = Request(style, style_map, target_map, content, parameters, init_image)
    return render_request(
        request,
        encoder=encoder,
        device=device,
        style_features=style_features,
        course=Course(on_step, on_phase, resume),
    )


def render_request(
    request: Request,
    *,
    encoder: Encoder | None = None,
    device: str | torch.device = "cpu",
    style_features: StyleFeatures | None = None,
    course: Course | None = None,
) -> Rendering:
    """Render a request; see :func:`render`.

    Args:
        course: Whom to tell how the render is doing, and where it begins; by default nobody, and at its beginning.
    """
    equipment = Equipment(torch.device(device), encoder, style_features or StyleFeatures(0))
    reset_peak_memory(equipment.device)
    with exact(equipment.device):
        return render_alone(request, equipment, course or Course())


def render_batch(
    requests: Sequence[Request],
    *,
    encoder: Encoder | None = None,
    device: str | torch.device = "cpu",
    style_features: StyleFeatures | None = None,
    courses: Sequence[Course] | None = None,
) -> list[Rendering]:
    """Render several requests of one shape side by side, each with its own optimiser and trace.

    On a GPU the encoder sees their images as one batch, but each is optimised as it would be alone. On a CPU each of
    torch's threads renders one image at a time, as two threads make two images sooner so than one after the other.

    Args:
        courses: Whom to tell how each render is doing, by default nobody; none goes on from a checkpoint. On a CPU they
            are told by several threads.

    Raises:
        InputError: as :func:`render`; also when the requests differ in what a batch shares: the output's
            size, ``iterations``, ``rematch``, the encoder and the kind of method.
        NonFiniteLossError: One of the losses was not finite even after three restarts.
    """
    if len({request.batch_key for request in requests}) > 1:
        raise InputError("a batch shares its output size, iterations, rematch, encoder and method; render these apart")
    courses = courses or [Course()] * len(requests)
    if any(course.resume for course in courses):
        raise ValueError("a render of a batch cannot go on from a checkpoint; render it alone")
    encoder = encoder or encoder_of(requests[0].parameters)
    equipment = Equipment(torch.device(device), encoder, style_features or StyleFeatures(0))
    reset_peak_memory(equipment.device)
    with exact(equipment.device):
        renderings = render_each(requests, equipment, courses)
    for rendering in renderings:
        rendering.metrics["batch"] = float(len(requests))
    return renderings


def render_each(requests: Sequence[Request], equipment: Equipment, courses: Sequence[Course]) -> list[Rendering]:
    def one(pair: tuple[Request, Course]) -> Rendering:
        return render_alone(pair[0], equipment, pair[1])

    traits, pairs = requests[0].parameters.traits, list(zip(requests, courses, strict=True))
    if equipment.device.type == "cpu":
        return side_by_side(one, pairs)
    if traits.together is None:
        return [one(pair) for pair in pairs]
    render_together: RenderTogether = resolve_name(traits.together)
    return render_together(requests, equipment, courses)


def render_alone(request: Request, equipment: Equipment, course: Course) -> Rendering:
    render_one: RenderOne = resolve_name(request.parameters.traits.entry)
    return render_one(request, equipment, course)
