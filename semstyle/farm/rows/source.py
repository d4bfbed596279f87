"""The manifest of a run, which has to stay as it was when the run began for as long as rows are read from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from semstyle.manifest import BadRow, ManifestError, Row, read_rows
from semstyle.manifest.reader import manifest_files
from semstyle.manifest.shard import WHOLE, Shard
from semstyle.storage import StorageError, open_filesystem, retried, telling, translated

ROWS_BETWEEN = 1024
"""Rows that are read between two looks at the files."""

Version = dict[str, Any]


class ManifestSource:
    """The rows of a manifest, or of a part of it.

    Raises:
        ManifestError, StorageError: when there is no manifest.
    """

    def __init__(self, uri: str, part: Shard = WHOLE) -> None:
        self._uri, self._part = uri, part
        self._versions = versions(uri)

    def rows(self) -> Iterator[Row | BadRow]:
        """See :func:`semstyle.manifest.read_rows`.

        Raises:
            ManifestError: also when the manifest is not the one any more that it was.
        """
        try:
            for number, row in enumerate(read_rows(self._uri, self._part), 1):
                if number % ROWS_BETWEEN == 0:
                    self.check()
                yield row
        except (ManifestError, StorageError):
            self.check()  # of a file that is written over what is read may be anything
            raise
        self.check()

    def check(self) -> None:
        """Raise :class:`ManifestError` unless every file is as it was."""
        try:
            is_the_same = versions(self._uri) == self._versions
        except (ManifestError, StorageError) as error:
            if isinstance(error, StorageError) and error.transient:
                raise
            is_the_same = False
        if not is_the_same:
            raise ManifestError(
                "it was changed or moved while the run was reading its rows, and the run has ended so as not to mix "
                "two manifests; what it has rendered stays. Run the same command again for the rows as they are now",
                self._uri,
            )


def versions(uri: str) -> dict[str, Version]:
    """What tells each file of a manifest from an older or newer one of its name."""
    return {file.uri: version(file.uri) for file in manifest_files(uri)}


@retried
def version(uri: str) -> Version:
    filesystem, path = open_filesystem(uri)
    with translated(uri):
        return telling(filesystem.info(path))
