"""The compact encoder while it learns: batch normalisation in every layer, folded away at the end."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from semstyle.engine.encoders.encoder import Encoder
from semstyle.engine.layers import block_of

WIDTHS = (16, 32, 64, 128, 128)
PIXEL_MEAN, PIXEL_DEVIATION = 0.45, 0.25


class Student(nn.Module):
    """An :class:`Encoder` whose every convolution is followed by batch normalisation.

    Thirteen plain layers train slowly from random weights; normalised layers do not, and after
    :meth:`folded` the normalisation costs nothing.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS, deepest: str = "5_1") -> None:
        super().__init__()
        self.encoder = NormalizedEncoder(widths, deepest)
        self.widths, self.deepest = widths, deepest

    @classmethod
    @torch.no_grad()
    def unfolded(cls, plain: Encoder, images: Tensor) -> Student:
        """Return a student that computes what ``plain`` does, to train it further.

        Every normalisation gets the statistics of ``images`` (N, 3, H, W), and undoes itself.
        """
        student = cls(widths_of(plain), plain.layers[-1])
        student.encoder.load_state_dict(plain.state_dict(), strict=False)
        student.encoder.fold_normalization(
            torch.eye(3) * PIXEL_DEVIATION, torch.full((3,), PIXEL_MEAN)
        )  # the inverse of what `folded` folds in
        student.encoder.calibrate((images - PIXEL_MEAN) / PIXEL_DEVIATION)
        return student

    def forward(self, images: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]:
        features: dict[str, Tensor] = self.encoder((images - PIXEL_MEAN) / PIXEL_DEVIATION, layers)
        return features

    @torch.no_grad()
    def folded(self) -> Encoder:
        """Return a plain encoder of pixels in 0..1 that computes what this student does."""
        plain = Encoder(self.widths, self.deepest)
        for layer in plain.layers:
            convolution, normalization = self.encoder.convolution(layer), self.encoder.normalization(layer)
            scale, shift = normalization.scale_and_shift()
            plain.convolutions[layer].load_state_dict(
                {
                    "weight": convolution.weight * scale[:, None, None, None],
                    "bias": cast(Tensor, convolution.bias) * scale + shift,
                }
            )
        plain.fold_normalization(torch.eye(3) / PIXEL_DEVIATION, torch.full((3,), -PIXEL_MEAN / PIXEL_DEVIATION))
        return plain


class Normalization(nn.BatchNorm2d):
    """Batch normalisation that can be written as one scale and one shift per channel."""

    running_mean: Tensor
    running_var: Tensor

    def scale_and_shift(self) -> tuple[Tensor, Tensor]:
        scale = self.weight / (self.running_var + self.eps).sqrt()
        return scale, self.bias - self.running_mean * scale

    @torch.no_grad()
    def undo(self, x: Tensor) -> None:
        """Adopt the statistics of ``x`` (N, C, H, W), and scale and shift so that ``x`` is left as it is."""
        variance, mean = torch.var_mean(x, (0, 2, 3))
        self.running_mean.copy_(mean)
        self.running_var.copy_(variance)
        self.weight.copy_((variance + self.eps).sqrt())
        self.bias.copy_(mean)


class NormalizedEncoder(Encoder):
    convolves_alone = False

    def __init__(self, widths: tuple[int, ...], deepest: str) -> None:
        super().__init__(widths, deepest)
        self.normalizations = nn.ModuleDict(
            {layer: Normalization(self.convolution(layer).out_channels) for layer in self.layers}
        )
        self._calibrating = False
        for layer in self.layers:
            convolution = self.convolution(layer)
            nn.init.kaiming_normal_(convolution.weight)
            nn.init.zeros_(cast(Tensor, convolution.bias))

    def convolution(self, layer: str) -> nn.Conv2d:
        return cast(nn.Conv2d, self.convolutions[layer])

    def normalization(self, layer: str) -> Normalization:
        return cast(Normalization, self.normalizations[layer])

    def convolve(self, layer: str, padded: Tensor) -> Tensor:
        x = super().convolve(layer, padded)
        if self._calibrating:
            self.normalization(layer).undo(x)
            return x
        normalized: Tensor = self.normalizations[layer](x)
        return normalized

    def calibrate(self, images: Tensor) -> None:
        """Make every normalisation the identity, with the statistics of its input on ``images``."""
        self._calibrating = True
        self(images, self.layers[-1:])
        self._calibrating = False


def widths_of(encoder: Encoder) -> tuple[int, ...]:
    """Return the number of channels of each block that ``encoder`` has."""
    widths = {block_of(layer): cast(nn.Conv2d, encoder.convolutions[layer]).out_channels for layer in encoder.layers}
    return tuple(widths.values())
