"""This module counts a render's arithmetic and memory traffic, for the least time it could take on a device."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from semstyle.bench.machine import CPU, copy_rate, matmul_rate
from semstyle.engine import Encoder, Request, StyleFeatures
from semstyle.engine.inputs.phases import Size, features_size, rematch_schedule
from semstyle.engine.inputs.scene import Scene
from semstyle.engine.layers import LAYERS
from semstyle.engine.optimised.losses import StyleLoss
from semstyle.engine.optimised.objective import Objective, objective_of

PASSES_PER_PAIR = 10
"""L-BFGS reads or writes so many vectors for each pair of its history: two dot products and two sums of vectors."""
HISTORY = 10
FORWARD_AND_BACK = 2


@dataclass(frozen=True)
class Rates:
    """The highest rates of a device: FLOP/s of a matrix product, bytes/s of a copy."""

    matmul: float
    copy: float

    @classmethod
    def measured(cls, device: torch.device = CPU) -> Rates:
        return cls(matmul_rate(device=device), copy_rate(device=device))

    def __str__(self) -> str:
        return f"{self.matmul / 1e9:,.0f} GFLOP/s in a matrix product, {self.copy / 1e9:,.0f} GB/s in a copy"


@dataclass(frozen=True)
class Operations:
    """The least work of a render.

    Attributes:
        matching, encoder: FLOP of each; for matching only those of the Gram matrix are counted.
        optimiser: Bytes that the optimiser reads or writes.
    """

    matching: float
    encoder: float
    optimiser: float

    def seconds(self, rates: Rates) -> float:
        return (self.matching + self.encoder) / rates.matmul + self.optimiser / rates.copy


def work_of(request: Request, encoder: Encoder) -> Operations:
    """Count the work of all phases and evaluations of ``request``, on their canvases and with its own schedule."""
    scene = Scene(request, CPU)
    matching = passes = vectors = 0.0
    for phase in scene.phases:
        objective = objective_of(scene, phase, encoder, StyleFeatures(0))
        schedule = list(rematch_schedule(phase, scene.phases[-1], scene.parameters))
        size = scene.canvas(phase).size
        matching += sum(schedule) * gram_operations(objective, size)
        passes += len(schedule) * encoder_operations(objective, encoder, size)
        vectors += len(schedule) * HISTORY * PASSES_PER_PAIR * 3 * size[0] * size[1]
    return Operations(matching, passes, vectors * 4)


def gram_operations(objective: Objective, size: Size) -> float:
    """Return the FLOP of one matching: every target pixel times every style pixel and channel, at each layer.

    Args:
        size: (height, width) of the canvas that the objective is of.
    """
    operations = 0.0
    for layer, style_loss in objective.style_losses.items():
        height, width = features_size(size, layer)
        if isinstance(style_loss, StyleLoss):
            operations += 2.0 * height * width * sum(pixels.numel() for pixels in style_loss.pool.pixels)
    return operations


def encoder_operations(objective: Objective, encoder: Encoder, size: Size) -> float:
    """Return the FLOP of one evaluation's convolutions, up to the deepest layer and back to the pixels."""
    deepest = max(LAYERS.index(layer) for layer in objective.layers)
    operations = 0.0
    for layer in LAYERS[: deepest + 1]:
        height, width = features_size(size, layer)
        weights = next(encoder.convolutions[layer].parameters())
        operations += FORWARD_AND_BACK * 2.0 * weights.numel() * height * width
    return operations
