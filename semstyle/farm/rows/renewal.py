"""Finding renders that are there and are to be made again: those whose inputs or row have changed, or all."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from semstyle.farm.errors import FarmError
from semstyle.farm.options import RunOptions
from semstyle.farm.output.layout import image_path, image_paths, record_path
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.output.read_records import read_record
from semstyle.farm.output.record import INPUTS
from semstyle.manifest import Row
from semstyle.manifest.input_file import InputFile, has_changed
from semstyle.storage import AllowList, Folder, MissingObjectError, redact

COLUMNS = ["run_id", "content_id", INPUTS]
KEPT = 2**16
"""How many files are remembered, so that they are not looked at twice."""


class Renewal:
    """Finds the renders to make again, and takes their old records away once they are handed out.

    A grid's rows name the same files, so each file is looked at once.

    Args:
        forced: Ids of earlier runs with ``--force`` that were cut short; what they have rendered is not made again.
    """

    def __init__(self, folder: Folder, ledger: Ledger, options: RunOptions, forced: frozenset[str]) -> None:
        self._folder, self._ledger, self._options = folder, ledger, options
        self._forced = forced
        allow = AllowList(options.allow_uri)
        self._has_changed = lru_cache(KEPT)(lambda file, uri: has_changed(file, uri, allow))

    @property
    def is_wanted(self) -> bool:
        return self._options.changed or self._options.force

    def is_due(self, row: Row) -> bool:
        """Whether a row that has been rendered is to be rendered again; not so when its record is too old to tell.

        Raises:
            StorageError: when its record cannot be read.
        """
        if self._options.force and not self._forced:
            return True
        try:
            table = read_record(self._folder, row.render_id, COLUMNS)
        except (MissingObjectError, FarmError):
            return True
        record = table.to_pylist()[0]
        return record["run_id"] not in self._forced if self._options.force else self._is_other(row, record)

    def _is_other(self, row: Row, record: dict[str, Any]) -> bool:
        if record.keys() != set(COLUMNS):
            return False
        if record["content_id"] != row.content_id:
            return True
        files = {(file.pop("column"), file["uri"]): InputFile(**file) for file in record[INPUTS]}
        return any(
            self._has_changed(files[column, redact(uri)], uri)
            for column, uri in row.uris()
            if (column, redact(uri)) in files
        )

    def begin(self, row: Row) -> None:
        """Remove the record of a row that is being handed out, if there is one: it does not count as rendered any more.

        So is its image in another format, which nothing would write over; only an id that a user gave can have one.

        Raises:
            StorageError: when it cannot be removed.
        """
        if self._ledger.is_committed(row.render_id):
            self._folder.delete(record_path(row.render_id))
            if not row.has_default_id:
                for path in set(image_paths(row.render_id)) - {image_path(row.render_id, row.parameters.format)}:
                    self._folder.delete(path)
            self._ledger.withdraw(row.render_id)
