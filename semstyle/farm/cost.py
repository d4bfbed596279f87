"""Estimating how long a render takes, by its row alone, before anything of it is loaded."""

from __future__ import annotations

from semstyle.engine.inputs.phases import Phase, phase_count, rematch_schedule, scaled
from semstyle.engine.layers import block_of
from semstyle.engine.named_encoders import PIXELS, described
from semstyle.engine.parameters import Parameters
from semstyle.farm.demand import Demand
from semstyle.manifest import Row

GPU_SPEED = 20.0
"""How many threads of a CPU a whole GPU is worth, at least: this is a small and old one."""
START = 60.0
"""Seconds to load, judge and store a render, in a worker that must first import everything."""
MADE_MAPS, DOWNLOAD = 60.0, 120.0
"""Seconds to make maps, where a row asks for them, and to fetch weights that may not be there yet."""
EVALUATION = 0.05
"""Seconds that an evaluation takes however small its image."""


def estimated_seconds(row: Row, demand: Demand) -> float:
    """Estimate for how long a worker is busy with ``row``, rather too long than too short.

    As the shapes of its inputs are not known, the image is taken to be square and every style to be as large. A second
    thread is taken to be no help.
    """
    parameters = row.parameters
    seconds = START + seconds_of_image(parameters, len(row.styles)) / speed(demand)
    seconds += MADE_MAPS if row.asked_maps is not None else 0.0
    is_downloaded = parameters.traits.needs_encoder and described(parameters.encoder).is_downloaded
    return seconds + (DOWNLOAD if is_downloaded else 0.0)


def speed(demand: Demand) -> float:
    """Return how many threads of a CPU such a place is worth, at least."""
    return GPU_SPEED * min(1.0, demand.gpus) if demand.gpus > 0 else 1.0


def seconds_of_image(parameters: Parameters, styles: int) -> float:
    """Estimate the seconds that one slow thread takes from the loaded inputs to the image."""
    phases = square_phases(parameters, styles)
    pixel_seconds = parameters.traits.pixel_seconds
    if pixel_seconds is None:
        return sum(seconds_of_phase(phase, phases[-1], parameters) for phase in phases)
    return parameters.evaluations * sum(seconds_of_pass(phase, parameters, pixel_seconds) for phase in phases)


def square_phases(parameters: Parameters, styles: int) -> list[Phase]:
    """Return the phases of a square image, coarsest first; each turned or scaled view of a style counts as a style."""
    views = [scale for scale in parameters.scales for _ in range(styles * len(parameters.rotations))]
    sides = [parameters.size / 2**halvings for halvings in reversed(range(phase_count(parameters)))]
    return [
        Phase(number, square(side), tuple(scaled(square(side), scale) for scale in views))
        for number, side in enumerate(sides, 1)
    ]


def square(side: float) -> tuple[int, int]:
    return scaled((1, 1), side)


def seconds_of_phase(phase: Phase, finest: Phase, parameters: Parameters) -> float:
    encoder = described(parameters.encoder)
    height, width = phase.output
    evaluations = parameters.evaluations * (EVALUATION + encoder.pixel_seconds * height * width)
    # A layer of block b has features 2^(b - 1) times smaller in both directions, of image and style alike.
    pairs = sum(phase.pairs / 16.0 ** (block_of(layer) - 1) for layer in parameters.style_layers)
    return evaluations + encoder.pair_seconds * pairs * sum(rematch_schedule(phase, finest, parameters))


def seconds_of_pass(phase: Phase, parameters: Parameters, pixel_seconds: float) -> float:
    """Estimate an evaluation of a method without an encoder, which searches for matches or compares all pairs."""
    height, width = phase.output
    compares_all = parameters.traits.matches and parameters.rematch == "every"
    looking_about = pixel_seconds * height * width * len(phase.styles)
    return looking_about + (PIXELS.pair_seconds * phase.pairs if compares_all else 0.0)
