"""Pictures that a painter loads: decoded once, and kept as a file of our own making."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from semstyle.images import encode_png, open_image
from semstyle.studio.sessions.document import LONGEST_SIDE

LONG_SIDE = 2048
"""The long side of a kept picture in pixels; a render here is never larger."""
LARGEST_FILE = 48 * 2**20
"""Bytes of the largest picture that may be loaded."""


@dataclass(frozen=True)
class KeptPicture:
    """A picture in RGB, as a PNG without anything that its file said besides."""

    file: bytes
    width: int
    height: int

    @property
    def map_size(self) -> tuple[int, int]:
        """Width and height of the map that is painted over it."""
        scale = min(1.0, LONGEST_SIDE / max(self.width, self.height))
        return max(8, round(self.width * scale)), max(8, round(self.height * scale))


def kept_picture(data: bytes, name: str) -> KeptPicture:
    """Decode a PNG, JPEG or WebP of a stranger's; transparency is laid over white, and a large one is made smaller.

    The browser is only ever sent what was encoded here.

    Raises:
        InputError: when it is none, damaged, or has too many pixels.
    """
    image = open_image(data, name)
    if image.mode not in {"RGB", "L"}:
        above = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", above.size, "white"), above)
    image = image.convert("RGB")
    image.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    return KeptPicture(encode_png(clean), *clean.size)
