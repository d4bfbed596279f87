"""1×1 maps from a student's channels to its teacher's: the student is free to choose its own basis."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from semstyle.engine.encoders.encoder import Encoder

DEVIATION_FLOOR = 0.02
"""This share of the mean deviation is added, so that channels that hardly ever fire do not dominate."""


class Standardisation(nn.Module):
    """Scale the teacher's features to mean 0 and deviation 1 in every channel, over given photographs."""

    def __init__(self, teacher: Encoder, photographs: Tensor, taps: tuple[str, ...]) -> None:
        super().__init__()
        self.teacher, self.taps = teacher, taps
        with torch.no_grad():
            features = teacher(photographs, taps)
        for tap in taps:
            deviation = features[tap].std((0, 2, 3))
            self.register_buffer(f"mean_{tap}", features[tap].mean((0, 2, 3))[:, None, None])
            self.register_buffer(f"deviation_{tap}", (deviation + DEVIATION_FLOOR * deviation.mean())[:, None, None])

    @torch.no_grad()
    def forward(self, images: Tensor) -> dict[str, Tensor]:
        return {
            tap: (x.float() - self.get_buffer(f"mean_{tap}")) / self.get_buffer(f"deviation_{tap}")
            for tap, x in self.teacher(images, self.taps).items()
        }


class Adapters(nn.ModuleDict):
    """The 1×1 convolutions, one per tap, that are learned with the student and thrown away after."""

    def __init__(self, student: Encoder, teacher: Encoder, taps: tuple[str, ...]) -> None:
        super().__init__({tap: nn.Conv2d(_width(student, tap), _width(teacher, tap), 1) for tap in taps})

    def forward(self, features: dict[str, Tensor]) -> dict[str, Tensor]:
        return {tap: convolution(features[tap]).float() for tap, convolution in self.items()}

    @torch.no_grad()
    def fit(self, features: dict[str, Tensor], targets: dict[str, Tensor]) -> None:
        """Set every map to its least-squares solution, from which resumed training starts."""
        for tap, convolution in self.items():
            weight, bias = least_squares(features[tap], targets[tap])
            convolution.load_state_dict({"weight": weight[:, :, None, None], "bias": bias})


@torch.no_grad()
def least_squares(inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Find the best linear map from pixels of ``inputs`` (N, C, H, W) to ``targets`` (N, D, H, W).

    Returns:
        Its weight (D, C) and bias (D,).
    """
    x, y = pixels(inputs), pixels(targets)
    x_mean, y_mean = x.mean(0), y.mean(0)
    x = x - x_mean
    covariance = x.T @ x
    covariance += 1e-6 * covariance.diagonal().mean() * torch.eye(len(covariance), dtype=covariance.dtype)
    weight = torch.linalg.solve(covariance, x.T @ (y - y_mean)).T
    return weight.float(), (y_mean - weight @ x_mean).float()


def pixels(features: Tensor) -> Tensor:
    """Return features (N, C, H, W) as (N·H·W, C) in float64."""
    return features.permute(0, 2, 3, 1).reshape(-1, features.shape[1]).double()


def _width(encoder: Encoder, tap: str) -> int:
    return cast(nn.Conv2d, encoder.convolutions[tap]).out_channels
