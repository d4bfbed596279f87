"""VGG-shaped encoders: the feature maps in which patches are compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from semstyle.engine.encoders.bordering import bordered, bordered_relu, is_fused
from semstyle.engine.layers import LAYERS, block_of
from semstyle.errors import InputError

Pooling = Literal["average", "max"]
Padding = Literal["reflect", "zeros"]
ZEROS = (1, 1, 1, 1)
MOST_NUMBERS = 2**31 - 1
"""cuDNN numbers what it reads and writes by 32 bits."""


class Encoder(nn.Module):
    """VGG-19's stack of 3×3 convolutions, at any width, up to any layer.

    Args:
        widths: Channels of each of the five blocks.
        deepest: The last layer that exists.
        pooling: ``average`` inverts with less grain than ``max`` (Gatys 2015, section 2).
        pooling_gain: Factor on average-pooled activations; 2 keeps the range of max pooling.
        padding: ``reflect`` avoids the dark frame that zeros leave; ``zeros`` is torchvision's own.

    Attributes:
        convolves_alone: Whether :meth:`convolve` does no more than to convolve, so that the bias may be added later.
    """

    convolves_alone = True

    def __init__(
        self,
        widths: Sequence[int] = (64, 128, 256, 512, 512),
        deepest: str = "5_1",
        pooling: Pooling = "average",
        pooling_gain: float = 1.0,
        padding: Padding = "reflect",
    ) -> None:
        super().__init__()
        self.pooling = pooling
        self.pooling_gain = pooling_gain
        self.padding = padding
        self.layers = LAYERS[: LAYERS.index(deepest) + 1]
        self.first_width = widths[0]
        self.convolutions = nn.ModuleDict()
        channels = 3
        for layer in self.layers:
            width = widths[block_of(layer) - 1]
            self.convolutions[layer] = nn.Conv2d(channels, width, 3)
            channels = width

    def forward(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Features of ``image`` (N, 3, H, W) in 0..1 at each of ``layers``: (N, C, H/2^b, W/2^b)."""
        wanted = set(layers)
        missing = wanted - set(self.layers)
        if missing:
            raise InputError(
                f"this encoder has no layer {', '.join(sorted(missing))} (see style_layers and content_layers); "
                f"it has {', '.join(self.layers)}"
            )
        self._check_size(image)
        features: dict[str, Tensor] = {}
        padded = self._pad(image.to(self.dtype).contiguous(memory_format=torch.channels_last))
        for layer, following in zip(self.layers, (*self.layers[1:], None), strict=True):
            if following is not None and block_of(following) == block_of(layer):
                padded, x = self._convolve_and_pad(layer, padded)
            else:
                x = F.relu_(self.convolve(layer, padded))
            if layer in wanted:
                features[layer] = x.to(image.dtype)
                if len(features) == len(wanted):
                    break
            if following is not None and block_of(following) != block_of(layer):
                padded = self._pad(self._pool(x))
        return features

    def _check_size(self, image: Tensor) -> None:
        """Raise :class:`InputError` when a GPU's convolutions could not count the numbers of the first block."""
        height, width = image.shape[-2:]
        numbers = (height + 2) * (width + 2) * self.first_width
        if image.is_cuda and numbers > MOST_NUMBERS:
            raise InputError(
                f"size: {width}×{height} pixels are more than this encoder can see on a GPU, whose convolutions count "
                f"to {MOST_NUMBERS:,}; use a smaller size, encoder=compact, or a CPU"
            )

    @property
    def dtype(self) -> torch.dtype:
        """The type of numbers in which it computes; its features have the type of the image."""
        return next(self.parameters()).dtype

    def convolve(self, layer: str, padded: Tensor) -> Tensor:
        """Apply the convolution of ``layer``, without its ReLU, to ``padded``, which has a border of one pixel."""
        features: Tensor = self.convolutions[layer](padded)
        return features

    def fold_normalization(self, weight: Tensor, bias: Tensor) -> None:
        """Absorb a map ``weight @ rgb + bias``, (3, 3) and (3,), of the input into the first convolution.

        This is exact under reflect padding, which commutes with a map of single pixels; zero padding does not.
        """
        if self.padding != "reflect":
            raise ValueError("normalisation can be folded only under reflect padding")
        first = self.convolutions["1_1"]
        assert isinstance(first, nn.Conv2d) and first.bias is not None
        with torch.no_grad():
            first.bias += torch.einsum("ocij,c->o", first.weight, bias)
            first.weight.copy_(torch.einsum("ocij,cd->odij", first.weight, weight))

    def _pad(self, x: Tensor) -> Tensor:
        return bordered(x) if self.padding == "reflect" else F.pad(x, ZEROS)

    def _convolve_and_pad(self, layer: str, padded: Tensor) -> tuple[Tensor, Tensor]:
        """Return the features of ``layer`` with a border and without, which are one memory, the only one kept."""
        if self.padding == "zeros":
            features = F.relu_(F.pad(self.convolve(layer, padded), ZEROS))
            return features, features[:, :, 1:-1, 1:-1]
        convolution = self.convolutions[layer]
        assert isinstance(convolution, nn.Conv2d) and convolution.bias is not None
        if self.convolves_alone and not convolution.bias.requires_grad and is_fused(padded):
            return bordered_relu(F.conv2d(padded, convolution.weight), convolution.bias)
        return bordered_relu(self.convolve(layer, padded))

    def _pool(self, x: Tensor) -> Tensor:
        if self.pooling == "max":
            return F.max_pool2d(x, 2)
        pooled = F.avg_pool2d(x, 2)
        return pooled if self.pooling_gain == 1 else pooled * self.pooling_gain
