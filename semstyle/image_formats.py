"""The formats in which an image that was made is stored, and the texts in its file that say how it was made.

Pillow is imported only to write a file, as manifests are checked without it.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

BEST = 100
"""The quality of which WebP loses nothing."""
DESCRIPTION = 0x010E
"""EXIF's tag ImageDescription, which WebP and JPEG have for texts."""
LOSSLESS_EFFORT = 75


@dataclass(frozen=True)
class ImageFormat:
    """A format of image files.

    Attributes:
        name: As the parameter ``format`` has it, and the end of a file's name.
        largest_side: Most pixels of a side that its encoder takes.
        quality: The quality by default, 1 to 100; None where there is none, as nothing is ever lost.
        longest_texts: Most bytes that its texts may have together, with their keys.
    """

    name: str
    largest_side: int
    quality: int | None = None
    longest_texts: int = 2**31

    @property
    def suffix(self) -> str:
        return f".{self.name}"

    def has_room(self, texts: Mapping[str, str]) -> bool:
        """Whether a file has room for ``texts``."""
        return len(description(texts)) <= self.longest_texts


PNG = ImageFormat("png", 2**31 - 1)
WEBP = ImageFormat("webp", 16_383, quality=95)
JPEG = ImageFormat("jpeg", 65_500, quality=95, longest_texts=65_000)
FORMATS = {one.name: one for one in (PNG, WEBP, JPEG)}
"""All formats by name, the default first."""


def encode_image(
    image: Image.Image,
    kind: ImageFormat = PNG,
    quality: int | None = None,
    texts: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """Return ``image`` as a file; the same image gives the same bytes.

    Args:
        quality: 1 to 100, where the format has one: of WebP, 100 loses nothing; of JPEG, colours are as sharp as
            brightness. None is the format's default.
        texts: Key → one line, which other programs show: of PNG as comments, else as the image's description. They are
            left out when there is no room for them; see :meth:`ImageFormat.has_room`.
    """
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    file = BytesIO()
    if kind is PNG:
        notes = PngInfo()
        for key, value in texts.items():
            notes.add_itxt(key, value)
        image.save(file, "PNG", pnginfo=notes)
        return file.getvalue()
    exif = Image.Exif()
    if texts and kind.has_room(texts):
        exif[DESCRIPTION] = description(texts)
    quality = quality or kind.quality or BEST
    if kind is JPEG:
        image.save(file, "JPEG", quality=quality, subsampling="4:4:4", exif=exif)
    elif quality == BEST:
        image.save(file, "WEBP", lossless=True, quality=LOSSLESS_EFFORT, exif=exif)
    else:
        image.save(file, "WEBP", quality=quality, exif=exif)
    return file.getvalue()


def description(texts: Mapping[str, str]) -> bytes:
    return "\n".join(f"{key}: {value}" for key, value in texts.items()).encode()


def read_texts(image: Image.Image) -> dict[str, str]:
    """Return the texts in the file of an image of which the header is read, those of other programs among them.

    Args:
        image: Not closed; anything may stand in its file.
    """
    found = {str(key): value for key, value in image.info.items() if isinstance(value, str)}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            told = image.getexif().get(DESCRIPTION)
    except Exception:  # nearly anything, of damaged bytes
        return found
    if isinstance(told, str):  # which Pillow takes for Latin-1
        lines = told.encode("latin-1", "replace").decode(errors="replace").splitlines()
        found |= {key: value for key, separator, value in (line.partition(": ") for line in lines) if separator}
    return found
