"""Reading the sizes of images from their headers, each file once."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

from semstyle.arrays import NPY_MAGIC, read_header
from semstyle.engine.inputs.phases import Size
from semstyle.errors import InputError, SemstyleError
from semstyle.images import undecoded_image, upright_size
from semstyle.manifest import Row
from semstyle.storage import AllowList, at_once, read_bytes, read_start, redact

REMEMBERED = 2**17
"""How many images are remembered."""
THREADS = 16
LONGEST_SECONDS = 60.0
"""How long headers are read in all; what was not looked at by then is of unknown size."""
WEBP_START = b"RIFF"
LARGEST_WEBP = 2**24


class ImageSizes:
    """Knows the (height, width) of images, upright, as far as their headers could be read.

    Attributes:
        unknown: URIs whose size could not be told, up to ``REMEMBERED``.
    """

    def __init__(self, allow: AllowList | None = None, seconds: float = LONGEST_SECONDS) -> None:
        self._allow, self._seconds = allow, seconds
        self._sizes: OrderedDict[str, Size | None] = OrderedDict()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="headers")

    def of(self, uri: str) -> Size | None:
        """Return the size of an image that was looked at, or None."""
        return self._sizes.get(uri)

    @property
    def unknown(self) -> list[str]:
        return [uri for uri, size in self._sizes.items() if size is None]

    def look(self, rows: Iterable[Row]) -> None:
        """Read the headers of what ``rows`` name and was not looked at yet, several at once."""
        uris = dict.fromkeys(uri for row in rows for uri in image_uris(row))
        asked = [uri for uri in uris if uri not in self._sizes]
        for uri in uris.keys() - set(asked):
            self._sizes.move_to_end(uri)
        begun = time.monotonic()
        if self._seconds > 0:
            self._sizes.update(zip(asked, self._pool.map(self._read, asked), strict=True))
        self._seconds -= time.monotonic() - begun
        while len(self._sizes) > REMEMBERED:
            self._sizes.popitem(last=False)

    def close(self) -> None:
        """Read no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _read(self, uri: str) -> Size | None:
        try:
            with at_once():
                return size_in(read_start(uri, self._allow), uri, self._allow)
        except (SemstyleError, OSError):
            return None


def image_uris(row: Row) -> Iterator[str]:
    """Yield what the size of a render and the cost of loading it depend on."""
    for column, uri in row.uris():
        if column in {"style", "content", "target_map"}:
            yield uri


def size_in(start: bytes, uri: str, allow: AllowList | None) -> Size:
    """Return the (height, width) of the image that begins with ``start``.

    Raises:
        SemstyleError: when it is none, or its header says nothing yet.
    """
    if start.startswith(NPY_MAGIC):
        shape, _, _ = read_header(BytesIO(start), redact(uri))
        if len(shape) < 2:
            raise InputError(f"{redact(uri)}: an array of shape {shape}")
        return shape[0], shape[1]
    if start.startswith(WEBP_START):  # whose decoder asks for all of it
        start = read_bytes(uri, LARGEST_WEBP, allow)
    image = undecoded_image(BytesIO(start), redact(uri))
    try:
        width, height = upright_size(image, redact(uri))
    except InputError:  # a PNG's EXIF may be at its end, and phones do not write PNG
        width, height = image.size
    return height, width
