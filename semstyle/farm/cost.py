"""What a render costs, judged by its row alone, before anything of it is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from semstyle.engine.layers import block_of
from semstyle.engine.parameters import Parameters
from semstyle.engine.phases import Phase, phase_count, rematch_schedule, scaled
from semstyle.farm.demand import Demand
from semstyle.manifest import Row

GPU_SPEED = 20.0
"""A whole GPU's, in threads of a CPU; of a small and old one."""
START = 60.0
"""Seconds to load, judge and store, and of a worker that must first import everything."""
MADE_MAPS, DOWNLOAD = 60.0, 120.0
"""More seconds where maps are to be made, and where weights may have to be fetched."""
EVALUATION = 0.05
"""Seconds of each evaluation however small its image."""
PIXEL_OF_COLOR, PIXEL_OF_ANALOGY = 1e-5, 3e-5
"""Seconds of a pixel of ``color``, and of a pixel of ``analogy`` for each pass and style."""


@dataclass(frozen=True)
class Rates:
    """Seconds of one thread of a slow and busy CPU: four times what docs/benchmarks.md has for two of a good one.

    Attributes:
        pixel: Of one evaluation, for each of the image's pixels: forward, backward and the optimiser's step.
        pair: Of matching once, for each pair of an image's and a style's patch.
    """

    pixel: float
    pair: float


SMALL_NETWORK, VGG19 = Rates(1.5e-6, 4e-9), Rates(25e-6, 16e-9)
NETWORKS = {"compact": SMALL_NETWORK, "pixels": SMALL_NETWORK}
"""By encoder; all others have VGG-19's width at most."""


def estimated_seconds(row: Row, demand: Demand) -> float:
    """For how long a worker is busy with ``row``, rather too long than too short: its inputs' shapes are not known.

    The image is taken for a square and every style for as large as it, and more threads than one for no help.
    """
    parameters = row.parameters
    speed = GPU_SPEED * min(1.0, demand.gpus) if demand.gpus > 0 else 1.0
    seconds = START + seconds_of_image(parameters, len(row.styles)) / speed
    seconds += MADE_MAPS if row.asked_maps is not None else 0.0
    return seconds + (0.0 if parameters.is_direct or parameters.encoder in NETWORKS else DOWNLOAD)


def seconds_of_image(parameters: Parameters, styles: int) -> float:
    """Seconds of one slow thread from the loaded inputs to the image."""
    phases = square_phases(parameters, styles)
    if parameters.method == "color":
        return PIXEL_OF_COLOR * parameters.size * parameters.size
    if parameters.method == "analogy":
        return sum(parameters.passes * seconds_of_pass(phase, parameters) for phase in phases)
    return sum(seconds_of_phase(phase, phases[-1], parameters) for phase in phases)


def square_phases(parameters: Parameters, styles: int) -> list[Phase]:
    """The phases of a square image, coarsest first, with each of the styles' turned and scaled views as a style."""
    views = [scale for scale in parameters.scales for _ in range(styles * len(parameters.rotations))]
    sides = [parameters.size / 2**halvings for halvings in reversed(range(phase_count(parameters)))]
    return [
        Phase(number, square(side), tuple(scaled(square(side), scale) for scale in views))
        for number, side in enumerate(sides, 1)
    ]


def square(side: float) -> tuple[int, int]:
    return scaled((1, 1), side)


def seconds_of_phase(phase: Phase, finest: Phase, parameters: Parameters) -> float:
    rates = NETWORKS.get(parameters.encoder, VGG19)
    height, width = phase.output
    evaluations = parameters.iterations * (EVALUATION + rates.pixel * height * width)
    # A layer of block b has features 2^(b - 1) times smaller in both directions, of image and style alike.
    pairs = sum(phase.pairs / 16.0 ** (block_of(layer) - 1) for layer in parameters.style_layers)
    return evaluations + rates.pair * pairs * sum(rematch_schedule(phase, finest, parameters))


def seconds_of_pass(phase: Phase, parameters: Parameters) -> float:
    """One pass of ``analogy`` over one scale; it looks about for matches, unless it is to compare all pairs."""
    height, width = phase.output
    looking_about = PIXEL_OF_ANALOGY * height * width * len(phase.styles)
    return looking_about + (SMALL_NETWORK.pair * phase.pairs if parameters.rematch == "every" else 0.0)
