"""Drawing what renders were made from, each file once, as far as it can still be read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa

from semstyle.errors import SemstyleError
from semstyle.farm.many_at_once import answers
from semstyle.images import MAX_BYTES
from semstyle.report.pictures.input_picture import FOLDER, INPUT_COLUMNS, input_picture, picture_name, require_same
from semstyle.report.varying import uris_of
from semstyle.storage import AllowList, Folder, at_once, read_bytes

MOST_INPUTS = 2_000
MOST_SECONDS = 300.0
READERS = 8


class UsedFile(NamedTuple):
    """A file of a render, and its SHA-256 as its record has it."""

    column: str
    uri: str
    sha256: str | None


class InputPictures:
    """Knows the pictures of the inputs of a run's renders."""

    def __init__(self, target: Folder, allow: AllowList) -> None:
        self._target, self._allow = target, allow
        self._there = set(target.names(FOLDER))
        self._tried: set[UsedFile] = set()
        self._names: dict[tuple[str, str], str | None] = {}
        """(column, URI) → name of the picture of the file that was there last."""

    def draw(self, files: Iterable[UsedFile]) -> None:
        """Draw the files that are not drawn yet, many at once; one that cannot be read has no picture.

        They are read once, without waiting for servers that do not answer, and for ``MOST_SECONDS`` at most.
        """
        new = [file for file in files if file not in self._tried][: max(0, MOST_INPUTS - len(self._tried))]
        self._tried.update(new)
        for file in new:
            self._names[file.column, file.uri] = picture_name(file.column, file.sha256)
        missing = [file for file in new if self._names[file.column, file.uri] not in self._there]
        for drawn in answers(self._drawn, missing, MOST_SECONDS, READERS):
            if not isinstance(drawn, tuple):
                continue
            file, name = drawn
            self._there.add(name)
            self._names[file.column, file.uri] = name

    def _drawn(self, file: UsedFile) -> tuple[UsedFile, str]:
        """Draw a file.

        Raises:
            SemstyleError: when it cannot be read or is not allowed, when it is no image, or not the one of the render.
        """
        with at_once():
            data = read_bytes(file.uri, MAX_BYTES, self._allow)
        sha256 = hashlib.sha256(data).hexdigest()
        require_same(sha256, file.sha256, file.uri)
        name = picture_name(file.column, sha256)
        if name is None:
            raise SemstyleError(f"{file.column} is not drawn")
        self._target.write(f"{FOLDER}/{name}", input_picture(file.column, data, file.uri), durable=False)
        return file, name

    def digest(self) -> bytes:
        """Return bytes that differ when other pictures are there."""
        return repr(sorted(self._names.items())).encode() + repr(sorted(self._there)).encode()

    def of(self, column: str, uri: str, sha256: str | None = None) -> str | None:
        """Return the picture of a file, relative to the report; None when there is none.

        Args:
            sha256: Of the content that is wanted; by default that of the file which was there last.
        """
        name = picture_name(column, sha256) or self._names.get((column, uri))
        return f"inputs/{name}" if name in self._there else None

    def of_cell(self, column: str, text: str) -> str | None:
        """Return the picture of the first of the URIs in a cell."""
        return self.of(column, uris_of(text)[0])


def used_files(rows: pa.Table) -> set[UsedFile]:
    """Return the files that ``rows`` were rendered from, of the columns that are drawn."""
    found: set[UsedFile] = set()
    for chunk in rows["inputs"].chunks:
        files = chunk.flatten()
        found.update(map(UsedFile, *(files.field(name).to_pylist() for name in ("column", "uri", "sha256"))))
    known = {(file.column, file.uri) for file in found}
    for column in INPUT_COLUMNS:  # older records name no files
        for text in rows[column].unique().to_pylist():
            found.update(
                UsedFile(column, uri, None) for uri in uris_of(text or "") if uri and (column, uri) not in known
            )
    return {file for file in found if file.column in INPUT_COLUMNS}
