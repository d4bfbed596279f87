"""Planning the sizes at which an image is made, from coarse to fine (Champandard 2016, section 3)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

from semstyle.engine.layers import block_of
from semstyle.engine.parameters import Parameters
from semstyle.errors import InputError, ParameterError

SMALLEST_FEATURES = 8
"""A phase whose deepest feature map would have a shorter side than this is dropped."""
FEWEST_PADDED = 2
"""The shortest side that a feature map may have: the border that a convolution sees mirrors its second pixel."""
FEWEST_PHASES = 3
REMATCH_GROWTH = 3
"""Matches are kept for a third of the evaluations before them."""
SHORTEST_STRETCH = 7
"""What fewer evaluations gain says little, as an optimiser does not gain with each."""
EARLIEST_END = 0.37
"""The share of its evaluations after which a phase is asked for the first time what it gained."""
CHEAP = 10
"""When a phase has so many times fewer pairs of pixels than the finest, patches are matched at every evaluation."""

Size = tuple[int, int]
"""(height, width)"""


@dataclass(frozen=True)
class Phase:
    """One scale of the pyramid.

    Attributes:
        number: 1 for the coarsest that is rendered.
        output: (height, width) of the image being made.
        styles: (height, width) of each style in use at this scale.
    """

    number: int
    output: Size
    styles: tuple[Size, ...]

    @property
    def pairs(self) -> int:
        """How many pairs of an output's and a style's pixel there are; the time of matching is in proportion to it."""
        return self.output[0] * self.output[1] * sum(height * width for height, width in self.styles)


def output_size(parameters: Parameters, shape: Size) -> Size:
    """Return (height, width) with ``parameters.size`` as the long side and the aspect of ``shape``."""
    height, width = shape
    scale = parameters.size / max(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def style_size(style: Size, output: Size) -> Size:
    """Return the style's size at the output's area, so that brush strokes keep their share of the picture.

    A smaller style is enlarged: at its own size its patches would repeat all over a large output.
    """
    scale = (output[0] * output[1] / (style[0] * style[1])) ** 0.5
    return max(1, round(style[0] * scale)), max(1, round(style[1] * scale))


def plan_phases(parameters: Parameters, output: Size, styles: Sequence[Size]) -> list[Phase]:
    """Return the phases to render, coarsest first; those too small for the layers in use are dropped.

    Args:
        styles: (height, width) of each style in use.

    Raises:
        InputError: when even the full size has no patch at the deepest layer.
    """
    finest = Phase(1, output, tuple(style_size(style, output) for style in styles))
    largest = max(parameters.scales)
    # Enlarging a style gives it no more to match.
    own_styles = [scaled(min(own, at_scale), largest) for own, at_scale in zip(styles, finest.styles, strict=True)]
    for name, size in (("size", finest.output), *(("style", size) for size in own_styles)):
        smallest = min(deepest_size(size, parameters))
        if smallest < max(parameters.patch_size, FEWEST_PADDED if parameters.traits.needs_encoder else 1):
            message = (
                f"{size[1]}×{size[0]} pixels leave {smallest} at the deepest layer; enlarge it or use shallower layers"
            )
            raise ParameterError(name, message) if name == "size" else InputError(f"{name}: {message}")
    phases = [finest]
    for halvings in range(1, phase_count(parameters)):
        scale = 2**halvings
        coarser = Phase(1, scaled(output, 1 / scale), tuple(scaled(style, 1 / scale) for style in finest.styles))
        sizes = (coarser.output, *(scaled(style, largest) for style in coarser.styles))
        if any(min(deepest_size(size, parameters)) < SMALLEST_FEATURES for size in sizes):
            break
        phases.append(coarser)
    return [Phase(number, phase.output, phase.styles) for number, phase in enumerate(reversed(phases), 1)]


def phase_count(parameters: Parameters) -> int:
    """Return how many phases there are: as asked, or 3 or more, so that the first has about the method's coarsest side.

    A method without a coarsest side has a single phase.
    """
    coarsest = parameters.traits.coarsest
    if coarsest is None:
        return 1
    return parameters.phases or max(FEWEST_PHASES, 1 + round(math.log2(parameters.size / coarsest)))


def scaled(size: Size, scale: float) -> Size:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def deepest_size(size: Size, parameters: Parameters) -> Size:
    """Return (height, width) of the features of an image of ``size`` at the deepest layer in use."""
    if not parameters.traits.needs_encoder:
        return size
    return features_size(size, max((*parameters.style_layers, *parameters.content_layers), key=block_of))


def features_size(size: Size, layer: str) -> Size:
    """Return (height, width) of the features of an image of ``size`` at ``layer``."""
    halvings = block_of(layer) - 1
    return size[0] >> halvings, size[1] >> halvings


def rematch_schedule(phase: Phase, finest: Phase, parameters: Parameters) -> Iterator[bool]:
    """Yield for each evaluation of ``phase`` whether patches are matched anew.

    As matches settle, little is lost when they are kept for longer and longer, in proportion to the evaluations done.
    Where matching is cheap compared with the finest phase, patches are matched at every evaluation.
    """
    if not parameters.traits.matches:
        yield from repeat(False, parameters.iterations)
        return
    every = parameters.rematch == "every" or phase.pairs * CHEAP < finest.pairs
    due = {first for first, _ in stretches(parameters.iterations)}
    yield from (every or evaluation in due for evaluation in range(parameters.iterations))


def stretches(evaluations: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of ``evaluations`` in which matches are kept: the first, from 0, and the one after the last.

    Each is a third as long as all before it. There is no short one at the end: new matches raise the loss, and an image
    is left half way if there is no time to follow them.
    """
    first = 0
    while first < evaluations:
        after = first + max(1, first // REMATCH_GROWTH)
        if after + max(1, after // REMATCH_GROWTH) > evaluations:
            after = evaluations
        yield first, after
        first = after


def stretch_ends(phase: Phase, finest: Phase, parameters: Parameters) -> dict[int, int]:
    """Return the evaluations, from 0, after which ``phase`` may be ended, and the lengths of their stretches.

    Only the finest phase may be ended (``tolerance``), and not before a good third of its evaluations: coarser ones
    take little time, and the strokes that the prices of patches bring in them come after their loss has settled.
    """
    if parameters.tolerance == 0 or phase != finest:
        return {}
    lengths = {after - 1: after - first for first, after in stretches(parameters.evaluations)}
    earliest = EARLIEST_END * parameters.evaluations
    return {last: length for last, length in lengths.items() if last >= earliest and length >= SHORTEST_STRETCH}
