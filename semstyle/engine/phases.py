"""Coarse to fine: the sizes at which a render is optimised (design, sections 2.1 and 2.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from semstyle.engine.errors import InputError, ParameterError
from semstyle.engine.layers import block_of
from semstyle.engine.parameters import Parameters

SMALLEST_FEATURES = 8
"""A phase whose deepest feature map would have a shorter side than this is dropped."""
EAGER_EVALUATIONS = 20
REMATCH_INTERVAL = 10

Size = tuple[int, int]
"""(height, width)"""


@dataclass(frozen=True)
class Phase:
    """One scale of the pyramid.

    Attributes:
        number: 1 for the coarsest that is rendered.
        output: (height, width) of the image being made.
        style: (height, width) of the style at this scale.
    """

    number: int
    output: Size
    style: Size


def output_size(parameters: Parameters, shape: Size) -> Size:
    """(height, width) with ``parameters.size`` as the long side and the aspect of ``shape``."""
    height, width = shape
    scale = parameters.size / max(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def style_size(style: Size, output: Size) -> Size:
    """The style at the output's area, so that brush strokes keep their share of the picture; never enlarged."""
    scale = min(1.0, (output[0] * output[1] / (style[0] * style[1])) ** 0.5)
    return max(1, round(style[0] * scale)), max(1, round(style[1] * scale))


def plan_phases(parameters: Parameters, output: Size, style: Size) -> list[Phase]:
    """The phases to render, coarsest first; those too small for the layers used are dropped.

    Raises:
        InputError: when even the full size has no patch at the deepest layer.
    """
    finest = Phase(1, output, style_size(style, output))
    for name, size in (("size", finest.output), ("style", finest.style)):
        smallest = min(features_size(size, parameters))
        if smallest < parameters.patch_size:
            message = (
                f"{size[1]}×{size[0]} pixels leave {smallest} at the deepest layer; enlarge it or use shallower layers"
            )
            raise ParameterError(name, message) if name == "size" else InputError(f"{name}: {message}")
    scales = [2**halvings for halvings in range(parameters.phases)]
    phases = [finest]
    for scale in scales[1:]:
        coarser = Phase(1, reduced(finest.output, scale), reduced(finest.style, scale))
        if (
            min(*features_size(coarser.output, parameters), *features_size(coarser.style, parameters))
            < SMALLEST_FEATURES
        ):
            break
        phases.append(coarser)
    return [Phase(number, phase.output, phase.style) for number, phase in enumerate(reversed(phases), 1)]


def reduced(size: Size, scale: int) -> Size:
    return max(1, round(size[0] / scale)), max(1, round(size[1] / scale))


def features_size(size: Size, parameters: Parameters) -> Size:
    """(height, width) of the features of an image of ``size`` at the deepest layer in use."""
    halvings = max(block_of(layer) for layer in (*parameters.style_layers, *parameters.content_layers)) - 1
    return size[0] >> halvings, size[1] >> halvings


def rematch_schedule(parameters: Parameters) -> Iterator[bool]:
    """For each evaluation of a phase, whether patches are matched anew: the first 20, then every 10th."""
    for evaluation in range(parameters.iterations):
        late = evaluation >= EAGER_EVALUATIONS and evaluation % REMATCH_INTERVAL != 0
        yield parameters.rematch == "every" or not late
