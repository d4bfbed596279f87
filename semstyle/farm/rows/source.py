"""Reading the manifest of a run, which must not change for as long as rows are read from it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from typing import Any

from semstyle.manifest import BadRow, ManifestError, Row, count_rows, read_rows
from semstyle.manifest.choice import ALL, Choice, chosen
from semstyle.manifest.reader import manifest_files, priorities
from semstyle.manifest.shard import WHOLE, Shard
from semstyle.storage import StorageError, open_filesystem, retried, telling, translated

ROWS_BETWEEN = 1024
"""How many rows are read before the files are looked at again."""

Version = dict[str, Any]


class ManifestSource:
    """Reads the rows of a manifest, or those of a part of it that are chosen, and notices when the manifest changes.

    Raises:
        ManifestError, StorageError: when there is no manifest.
    """

    def __init__(self, uri: str, part: Shard = WHOLE, choice: Choice = ALL) -> None:
        self._uri, self._part, self._choice = uri, part, choice
        self._versions = versions(uri)

    @cached_property
    def _last_hash(self) -> int | None:
        # Of all shards, so that these together have the sample.
        return None if self._choice.sample is None else self._choice.last_hash(read_rows(self._uri))

    @cached_property
    def _priorities(self) -> list[int]:
        return priorities(self._uri)

    def count(self) -> int:
        """Count the rows; without a choice, from the Parquet footers alone.

        Raises:
            ManifestError: when none of the whole manifest is chosen, or it has too many priorities.
        """
        self._priorities  # noqa: B018  a manifest that cannot be put in order should be told of before anything is done
        if self._choice.is_whole:
            return count_rows(self._uri, self._part)
        count = sum(1 for _ in self._chosen(self._read(None)))
        if not count and self._choice.where is not None and self._part == WHOLE:
            raise ManifestError(f"--where {self._choice.where}: no row meets this condition", self._uri)
        return count

    def rows(self) -> Iterator[Row | BadRow]:
        """Yield the rows as :func:`semstyle.manifest.read_rows` does, those of the highest priority first.

        The manifest is gone through once for each priority that it has, so that none of its rows are held.

        Raises:
            ManifestError: also when the manifest has changed.
        """
        found = self._priorities if len(self._priorities) > 1 else [None]
        return self._chosen(chain.from_iterable(map(self._read, found)))

    def _chosen(self, rows: Iterator[Row | BadRow]) -> Iterator[Row | BadRow]:
        return rows if self._choice.is_whole else chosen(rows, self._choice, self._last_hash)

    def _read(self, priority: int | None) -> Iterator[Row | BadRow]:
        try:
            for number, row in enumerate(read_rows(self._uri, self._part, priority), 1):
                if number % ROWS_BETWEEN == 0:
                    self.check()
                yield row
        except (ManifestError, StorageError):
            self.check()  # of a file that is written over what is read may be anything
            raise
        self.check()

    def check(self) -> None:
        """Raise :class:`ManifestError` unless every file is as it was at first."""
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
    """Return, for each file of a manifest, what tells it from an older or newer one of its name."""
    return {file.uri: version(file.uri) for file in manifest_files(uri)}


@retried
def version(uri: str) -> Version:
    filesystem, path = open_filesystem(uri)
    with translated(uri):
        return telling(filesystem.info(path))
