"""Opening zip archives from strangers; their directory tells how large they are before anything is unpacked."""

from __future__ import annotations

import zipfile
from typing import Any, BinaryIO

from semstyle.engine.encoders.weight_files.forgery import UnusableWeights
from semstyle.engine.encoders.weight_files.stored_tensor import MOST_BYTES

MOST_DIRECTORY_BYTES = 2**20
"""The most bytes that an archive's directory may have, enough for about ten thousand members."""
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 1


class ShortReads:
    """A file that refuses to read more at once than a directory may have: ``zipfile`` reads that in a single piece."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.most: int | None = MOST_DIRECTORY_BYTES

    def read(self, size: int = -1) -> bytes:
        if self.most is None:
            return self._file.read(size)
        if size > self.most:
            raise UnusableWeights(f"its directory has {size:,} bytes, and the most is {self.most:,}")
        return self._file.read(size if size >= 0 else self.most)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def open_archive(file: BinaryIO, most_bytes: int = MOST_BYTES) -> zipfile.ZipFile:
    """Open the archive in ``file``, which must stay open while it is read.

    Raises:
        UnusableWeights: it has too many members, unpacks to more than ``most_bytes``, or is compressed in a way that
            neither NumPy nor torch writes.
        BadZipFile: it is no archive, or a damaged one.
    """
    bounded = ShortReads(file)
    archive = zipfile.ZipFile(bounded)
    bounded.most = None
    members = archive.infolist()
    if any(member.compress_type not in COMPRESSIONS or member.flag_bits & ENCRYPTED for member in members):
        raise UnusableWeights("it is encrypted, or compressed in another way than by deflation")
    unpacked = sum(member.file_size for member in members)
    if unpacked > most_bytes:
        raise UnusableWeights(f"it unpacks to {unpacked:,} bytes, and the most is {most_bytes:,}")
    return archive


def read_part(archive: zipfile.ZipFile, name: str, start: int, length: int) -> bytes:
    """Return ``length`` bytes of an unpacked member from ``start`` on; fewer only where it ends."""
    with archive.open(name) as member:
        member.seek(start)
        return member.read(length)
