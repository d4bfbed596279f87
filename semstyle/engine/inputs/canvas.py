"""The canvas on which an image is optimised: a little larger than the image, which is cut out of it in the end.

The outermost pixels of what an encoder sees are in fewer patches than others, and the border that its convolutions are
given mirrors the second pixel, so that they see the first one less often. Poolings drop what is left of an odd side.
Together a line of one pixel at the edge counts in the style's loss for a tenth to a quarter of one inside, and for a
hundredth where poolings drop it: its colours are left open, and coloured fringes come of it. So a margin is rendered
with the image, and thrown away.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from semstyle.engine.inputs.phases import Size, features_size
from semstyle.engine.layers import block_of

MARGIN = 4
"""Pixels on each side, in the finest phase. In all phases it would cost more, and no more fringes be gone. With 2 they
are gone, too, but pixels of 3_1 would lie between those that the image alone has: judged by that layer, four scenes at
256 pixels had a coherence of 0.49 in place of 0.61."""
STRIDE = 4
"""A canvas with a margin has sides of a multiple of so many pixels: the stride of 3_1, the finest layer that is matched
by default. What poolings drop is margin then."""


@dataclass(frozen=True)
class Canvas:
    """A canvas around an image of one size.

    Attributes:
        output: (height, width) of the image, in pixels.
        margin: Pixels around it on each side; 0 makes the canvas the image itself.
    """

    output: Size
    margin: int = MARGIN

    @property
    def size(self) -> Size:
        """(height, width) in pixels; where they must be a multiple, what is added lies below and at the right."""
        height, width = self.output
        return (self._side(height), self._side(width)) if self.margin else self.output

    def around(self, values: Tensor) -> Tensor:
        """Return ``values`` (C, h, w) of the whole image, at any resolution, with their reflection in the margin."""
        for axis, side, canvas in zip((-2, -1), self.output, self.size, strict=True):
            scale = values.shape[axis] / side
            before, after = round(self.margin * scale), round((canvas - side - self.margin) * scale)
            values = values.index_select(axis, mirrored(values.shape[axis], before, after, values.device))
        return values

    def within(self, image: Tensor) -> Tensor:
        """Return the image (C, H, W) that lies on a canvas, without copying it."""
        (height, width), margin = self.output, self.margin
        return image[:, margin : margin + height, margin : margin + width]

    def patches_within(self, index: Tensor, layer: str) -> Tensor:
        """Return as many of the canvas's patches at ``layer``, (rows, columns), as the image alone would have."""
        first = self.margin >> (block_of(layer) - 1)
        border = features_size(self.size, layer)[0] - index.shape[0]
        rows, columns = (side - border for side in features_size(self.output, layer))
        return index[first : first + rows, first : first + columns]

    def places(self, patches: Size, layer: str, patch_size: int) -> tuple[Tensor, Tensor]:
        """Return where in the image the centres of :meth:`patches_within` are.

        Args:
            patches: How many there are, (rows, columns).

        Returns:
            (rows,) from 0 at the image's top to 1 at its bottom, and (columns,) from left to right.
        """
        stride = 2 ** (block_of(layer) - 1)
        first = self.margin // stride + patch_size / 2
        down, right = (
            ((torch.arange(count) + first) * stride - self.margin) / side
            for count, side in zip(patches, self.output, strict=True)
        )
        return down, right

    def _side(self, side: int) -> int:
        """Return ``side`` with its margins, rounded up."""
        return -(-(side + 2 * self.margin) // STRIDE) * STRIDE


def mirrored(count: int, before: int, after: int, device: torch.device) -> Tensor:
    """Return the numbers of ``count`` pixels in a row, and of their reflection at both ends: -1 is 0, -2 is 1."""
    places = torch.arange(-before, count + after, device=device) % (2 * count)
    return torch.minimum(places, 2 * count - 1 - places)
