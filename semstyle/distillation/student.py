"""The compact encoder while it learns: batch normalisation in every layer, folded away at the end."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from semstyle.engine.encoder import Encoder

WIDTHS = (16, 32, 64, 128, 128)
PIXEL_MEAN, PIXEL_DEVIATION = 0.45, 0.25


class Student(nn.Module):
    """An :class:`Encoder` whose every convolution is followed by batch normalisation.

    Thirteen plain layers train slowly from random weights; normalised ones do not, and after
    :meth:`folded` nothing of the normalisation is left to pay for.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS, deepest: str = "5_1") -> None:
        super().__init__()
        self.encoder = NormalizedEncoder(widths, deepest)
        self.widths, self.deepest = widths, deepest

    def forward(self, images: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]:
        return self.encoder((images - PIXEL_MEAN) / PIXEL_DEVIATION, layers)

    def freeze_statistics(self) -> None:
        """From here on normalise by running statistics, as the folded encoder will."""
        self.eval()

    @torch.no_grad()
    def folded(self) -> Encoder:
        """The same function as a plain encoder of pixels in 0..1."""
        plain = Encoder(self.widths, self.deepest)
        for layer in plain.layers:
            convolution, normalization = self.encoder.convolutions[layer], self.encoder.normalizations[layer]
            scale = normalization.weight / (normalization.running_var + normalization.eps).sqrt()
            plain.convolutions[layer].weight.copy_(convolution.weight * scale[:, None, None, None])
            plain.convolutions[layer].bias.copy_(
                (convolution.bias - normalization.running_mean) * scale + normalization.bias
            )
        identity = torch.eye(3) / PIXEL_DEVIATION
        plain.fold_normalization(identity, torch.full((3,), -PIXEL_MEAN / PIXEL_DEVIATION))
        return plain


class NormalizedEncoder(Encoder):
    def __init__(self, widths: tuple[int, ...], deepest: str) -> None:
        super().__init__(widths, deepest)
        self.normalizations = nn.ModuleDict(
            {layer: nn.BatchNorm2d(self.convolutions[layer].out_channels) for layer in self.layers}
        )
        for convolution in self.convolutions.values():
            nn.init.kaiming_normal_(convolution.weight)
            nn.init.zeros_(convolution.bias)

    def convolve(self, layer: str, x: Tensor) -> Tensor:
        return self.normalizations[layer](super().convolve(layer, x))
