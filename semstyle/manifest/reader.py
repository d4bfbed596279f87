"""Reading manifests of any length with little memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import fsspec
import pyarrow as pa

from semstyle.manifest.batches import BUFFER_BYTES, ManifestParquet, UndecodableText, Values
from semstyle.manifest.columns import PRIORITY_COLUMN
from semstyle.manifest.errors import ManifestError
from semstyle.manifest.identity import fallback_id
from semstyle.manifest.other_kinds import SNIFFED_BYTES, instead_of_manifest
from semstyle.manifest.priority import MOST_PRIORITIES
from semstyle.manifest.row import BadRow, Position, Row, make_row
from semstyle.manifest.shard import WHOLE, Shard
from semstyle.storage import Folder, MissingObjectError, open_filesystem, open_stream, parent, retried, translated

SUFFIX = ".parquet"


@dataclass(frozen=True)
class ManifestFile:
    """One Parquet file of a manifest."""

    uri: str

    @contextmanager
    def stream(self) -> Iterator[BinaryIO]:
        """Open the file's bytes; what storage raises becomes a :class:`StorageError`."""
        with open_stream(self.uri) as stream:
            yield stream

    @contextmanager
    def opened(self) -> Iterator[ManifestParquet]:
        """Open the Parquet file and check its schema.

        Raises:
            ManifestError: when it is not Parquet, damaged, or not a manifest.
        """
        with self.stream() as stream:
            try:
                yield ManifestParquet(stream, self.uri)
            except (pa.ArrowException, OSError, ValueError) as error:
                if isinstance(error, OSError) and error.errno is not None:
                    raise  # storage's; Arrow's own have no number
                raise ManifestError(f"not a readable Parquet file{self._instead(error)}", self.uri) from None

    def _instead(self, error: Exception) -> str:
        """Say what the file is, as far as its first bytes tell, and what to do."""
        with self.stream() as stream:
            other = instead_of_manifest(stream.read(SNIFFED_BYTES), self.uri)
        return other or f" ({str(error).rstrip('.')}); it is damaged or cut short: copy or build it again"


def read_rows(uri: str, shard: Shard = WHOLE, priority: int | None = None) -> Iterator[Row | BadRow]:
    """Yield the rows of a manifest in order; it is a Parquet file or a folder of them, on any file system.

    A row that cannot be rendered comes as a :class:`BadRow`, with its reason. Memory does not grow with the rows.

    Args:
        shard: The part to read; rows keep their positions.
        priority: The only one to read; None for all.

    Raises:
        ManifestError: for a schema that is not a manifest's, or a damaged file.
        StorageError: when it cannot be read.
    """
    for stored in read_stored(uri, shard, priority):
        yield stored.row()


@dataclass(frozen=True)
class StoredRow:
    """A row as it stands in a file.

    Attributes:
        base: The folder that its relative URIs start from.
    """

    position: Position
    values: Values
    base: str

    def row(self) -> Row | BadRow:
        if isinstance(self.values, UndecodableText):
            fallback = fallback_id({"file": self.position.file, "row": self.position.row})
            return BadRow(fallback, self.position, self.values.column, "holds text that is not UTF-8")
        return make_row(self.values, self.position, self.base)

    def without(self, column: str) -> StoredRow:
        """Return the row with the default in ``column``; the row itself when its text could not be decoded."""
        if isinstance(self.values, UndecodableText):
            return self
        return StoredRow(self.position, {**self.values, column: None}, self.base)


def read_stored(uri: str, shard: Shard = WHOLE, priority: int | None = None) -> Iterator[StoredRow]:
    """Yield the rows of a manifest as they are stored; see :func:`read_rows`."""
    files = manifest_files(uri)
    lengths = [count_file(file) for file in files]  # all schemas first: a run should not start on half a manifest
    before = 0
    for file, length in zip(files, lengths, strict=True):
        base = parent(file.uri)
        with file.opened() as parquet:
            for number, values in parquet.rows(priority):
                if shard.holds(before + number):
                    yield StoredRow(Position(file.uri, number), values, base)
        before += length


def count_rows(uri: str, shard: Shard = WHOLE) -> int:
    """Count the rows of a manifest, or of a part of it, from the Parquet footers alone."""
    return shard.share(sum(count_file(file) for file in manifest_files(uri)))


def priorities(uri: str) -> list[int]:
    """Return the different priorities of a manifest's rows, the highest first, from their column alone.

    Raises:
        ManifestError: when there are more than ``MOST_PRIORITIES``.
    """
    found: set[int] = set()
    for file in manifest_files(uri):
        with file.opened() as parquet:
            found |= parquet.priorities()
        if len(found) > MOST_PRIORITIES:
            message = f"has more than {MOST_PRIORITIES} different priorities; give rows that may wait alike the same"
            raise ManifestError(message, uri, column=PRIORITY_COLUMN)
    return sorted(found, reverse=True)


def count_file(file: ManifestFile) -> int:
    with file.opened() as parquet:
        return parquet.row_count


def manifest_digest(uri: str) -> str:
    """Return the SHA-256 of a manifest's bytes, and, if it is a folder, of the names of its files."""
    total = hashlib.sha256()
    files = manifest_files(uri)
    for file in files:
        with file.stream() as stream:
            if len(files) > 1 or file.uri != uri:
                total.update(file.uri.rsplit("/", 1)[-1].encode() + b"\0")
            while block := stream.read(BUFFER_BYTES):
                total.update(block)
    return total.hexdigest()


def manifest_files(uri: str) -> list[ManifestFile]:
    """The Parquet files of a manifest in name order.

    Raises:
        MissingObjectError: when there is nothing there.
        ManifestError: when a folder holds no Parquet file.
    """
    filesystem, path = open_filesystem(uri)
    if is_file(filesystem, path, uri):
        return [ManifestFile(uri)]
    folder = Folder(uri)
    names = sorted(name for name in folder.names() if name.endswith(SUFFIX) and not name.startswith((".", "_")))
    if names:
        return [ManifestFile(folder.location(name)) for name in names]
    if folder.exists(""):
        raise ManifestError(f"the folder holds no {SUFFIX} file; build one with `semstyle manifest build`", uri)
    raise MissingObjectError(f"{uri}: there is no such manifest; build one with `semstyle manifest build`")


@retried
def is_file(filesystem: fsspec.AbstractFileSystem, path: str, uri: str) -> bool:
    # `isfile` would answer False to a refusal or a timeout.
    with translated(uri):
        try:
            return bool(filesystem.info(path)["type"] == "file")
        except FileNotFoundError:
            return False
