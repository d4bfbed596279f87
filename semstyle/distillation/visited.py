"""This module makes the images that an optimiser visits, with the loss that takes it there."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.distillation.photographs import Crops, add_noise, blur

OPTIMISED = ("3_1", "4_1")
"""The style layers of a render, whose features are inverted in training and in judging."""

Features = Callable[[Tensor, tuple[str, ...]], dict[str, Tensor]]


def feature_distance(features: dict[str, Tensor], goals: dict[str, Tensor]) -> Tensor:
    """Return each image's squared distance from its goals, relative to their size and summed over layers: (N,)."""
    return torch.stack(
        [
            (features[layer] - goal).float().square().mean((1, 2, 3)) / goal.float().square().mean((1, 2, 3))
            for layer, goal in goals.items()
        ]
    ).sum(0)


def pixel_gradient(encoder: Features, images: Tensor, goals: dict[str, Tensor], differentiable: bool = False) -> Tensor:
    """Return the gradient of ``feature_distance`` to ``goals`` by each pixel of ``images``: (N, 3, H, W)."""
    images = images.detach().requires_grad_()
    distance = feature_distance(encoder(images, OPTIMISED), goals)
    (gradient,) = torch.autograd.grad(distance.sum(), images, create_graph=differentiable)
    return gradient


def gradient_mismatch(student: Features, teacher: Features, images: Tensor, targets: Tensor) -> Tensor:
    """Return the mean of 1 − cosine between student's and teacher's pixel gradients on the way from images to targets.

    Equal features make equal pictures only if the optimiser is led to them the same way; this compares
    the ways. It is differentiable in the student's weights.
    """
    with torch.no_grad():
        wanted_goals = teacher(targets, OPTIMISED)
    wanted = pixel_gradient(teacher, images, wanted_goals)
    given = pixel_gradient(student, images, student(targets, OPTIMISED), differentiable=True)
    return (1 - F.cosine_similarity(given.flatten(1), wanted.flatten(1))).mean()


class Pool:
    """A pool of images on their way from noise to another image's student features, kept between batches."""

    def __init__(self, crops: Crops, capacity: int = 192) -> None:
        self.crops = crops
        self.targets = crops.batch(capacity)
        self.images = torch.rand(self.targets.shape, generator=crops.random)

    def visit(self, student: Features, count: int, steps: int, step_size: float = 0.03) -> tuple[Tensor, Tensor]:
        """Move ``count`` images by ``steps`` normalised gradient steps; return them, in 0..1, and their targets.

        Now and then one of them starts afresh.
        """
        picked = torch.randperm(len(self.images), generator=self.crops.random)[:count]
        if self.crops.integer(2):
            self._restart(picked[:1])
        with torch.no_grad():
            goals = student(self.targets[picked], OPTIMISED)
        images = self.images[picked]
        for _ in range(steps):
            size = step_size * 10 ** -self.crops.uniform(0, 1)
            gradient = pixel_gradient(student, images, goals)
            scale = gradient.square().mean((1, 2, 3), keepdim=True).sqrt().clamp_min(1e-12)
            images = (images - size * gradient / scale).clamp(0, 1)
        self.images[picked] = images
        return images, self.targets[picked]

    def _restart(self, index: Tensor) -> None:
        self.targets[index] = self.crops.batch(len(index))
        starts = (
            torch.rand(self.targets[index].shape, generator=self.crops.random),
            add_noise(self.crops.batch(len(index)), self.crops.random),
            blur(self.targets[index], self.crops.random),
        )
        self.images[index] = starts[self.crops.integer(len(starts))]
