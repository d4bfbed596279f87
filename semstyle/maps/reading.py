"""Reading a semantic map from an image file or a ``.npy`` array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semstyle.arrays import NPY_MAGIC, read_array
from semstyle.images import map_mode, open_image, pixel_values, to_tensor

if TYPE_CHECKING:
    from torch import Tensor

FORM_KEY = "semstyle form"
"""The key of the text in a PNG that says in which form its map was made."""
EMBEDDED = "embedded"
"""The form of a map in which colours between those of labels have a meaning, too."""


@dataclass(frozen=True)
class SemanticMap:
    """A semantic map.

    Attributes:
        values: (M, h, w) float32; 0..1 from an image file, as stored from a ``.npy``.
        channels: ``L``, ``LA``, ``RGB`` or ``RGBA`` for image files, or ``embedded`` or ``npy``.
        name: What to call it in errors.
    """

    values: Tensor
    channels: str
    name: str

    @property
    def is_image(self) -> bool:
        """Whether its values are the colours of an image file."""
        return self.channels != "npy"

    @property
    def has_opaque_alpha(self) -> bool:
        """Whether the last channel is an alpha channel that says nothing."""
        return self.channels in {"LA", "RGBA"} and bool((self.values[-1] == 1).all())

    def __str__(self) -> str:
        count, height, width = self.values.shape
        return f"{self.name} ({self.channels}, {count} {'channel' if count == 1 else 'channels'}, {width}×{height})"


def read_map(data: bytes, name: str) -> SemanticMap:
    """Read a map from a PNG, JPEG or WebP (grey, palette or colour, with or without alpha, 16-bit grey) or a ``.npy``.

    A palette becomes RGB, or RGBA when it has transparency. A ``.npy`` is (H, W, M) or (H, W) numbers.

    Raises:
        InputError: when it is none of these, is damaged or too large.
    """
    if data.startswith(NPY_MAGIC):
        return SemanticMap(to_tensor(read_array(data, name)), "npy", name)
    image = open_image(data, name)
    mode = map_mode(image)
    is_embedded = mode == "RGB" and image.info.get(FORM_KEY) == EMBEDDED
    return SemanticMap(to_tensor(pixel_values(image, mode)), EMBEDDED if is_embedded else mode, name)
