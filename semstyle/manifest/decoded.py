"""The files decoded last, up to a number of bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from torch import Tensor

from semstyle.storage import file_version


@dataclass(frozen=True)
class Decoded:
    """An image's or map's values, (channels, height, width), and what the channels are."""

    tensor: Tensor
    channels: str

    @property
    def size(self) -> int:
        return self.tensor.numel() * self.tensor.element_size()


class DecodedFiles:
    """Decoded files by URI, the longest unused dropped first. A file that has changed is decoded anew. Thread-safe."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.held = 0
        self._files: OrderedDict[tuple[str, str, str], Decoded] = OrderedDict()
        self._lock = Lock()

    def get(self, uri: str, use: str, decode: Callable[[str], Decoded]) -> Decoded:
        """The decoded file, from memory when it is there; ``use`` keeps different readings of one file apart."""
        key = (uri, use, file_version(uri))
        with self._lock:
            if key in self._files:
                self._files.move_to_end(key)
                return self._files[key]
        decoded = decode(uri)
        with self._lock:
            if key not in self._files:
                self._files[key] = decoded
                self.held += decoded.size
            while self.held > self.limit:
                _, dropped = self._files.popitem(last=False)
                self.held -= dropped.size
        return decoded
