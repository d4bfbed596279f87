"""Names of VGG-19's layers.

They are those of Simonyan & Zisserman (2014): ``4_2`` is the output of the ReLU after the second
convolution of the fourth block. Kept apart from the encoder so that checking a name does not import torch.
"""

from __future__ import annotations

CONVOLUTIONS_PER_BLOCK = (2, 2, 4, 4, 4)
LAYERS = tuple(
    f"{block}_{index}" for block, count in enumerate(CONVOLUTIONS_PER_BLOCK, 1) for index in range(1, count + 1)
)


def block_of(layer: str) -> int:
    """Return the block, 1..5, of a layer; its features are 2**(block - 1) times smaller than the image."""
    return int(layer.split("_")[0])
