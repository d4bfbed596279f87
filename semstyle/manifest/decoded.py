"""Keeping the files that were decoded last, up to a number of bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from torch import Tensor

from semstyle.manifest.input_file import InputFile
from semstyle.storage import AllowList, file_version


@dataclass(frozen=True)
class Decoded:
    """The values of an image or a map, (channels, height, width), what its channels are, and which file it was."""

    tensor: Tensor
    channels: str
    file: InputFile

    @property
    def size(self) -> int:
        return self.tensor.numel() * self.tensor.element_size()


class DecodedFiles:
    """Decoded files by URI, the longest unused dropped first. A file that has changed is decoded anew. Thread-safe."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.held = 0
        self._files: OrderedDict[tuple[str, str, str, AllowList | None], Decoded] = OrderedDict()
        self._lock = Lock()

    def get(self, uri: str, use: str, decode: Callable[[str], Decoded], allow: AllowList | None = None) -> Decoded:
        """Return the decoded file at ``uri``, from memory if it is there.

        Args:
            use: What the file is read as; different readings of one file are kept apart.
            allow: Where files may come from; what was read under another list may not be read under this one.
        """
        key = (uri, use, file_version(uri, allow), allow)
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
