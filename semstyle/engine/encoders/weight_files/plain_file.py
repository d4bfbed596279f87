"""Reading from any place of a file."""

from __future__ import annotations

import os
from typing import BinaryIO


def read_at(file: BinaryIO, start: int, length: int) -> bytes:
    """Return ``length`` bytes from ``start`` on; fewer only where the file ends."""
    file.seek(start)
    return file.read(length)


def size_of(file: BinaryIO) -> int:
    return file.seek(0, os.SEEK_END)
