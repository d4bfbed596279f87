"""Tables in CSV that stand for a manifest: a line for each render, under the names of a manifest's columns."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from semstyle.manifest.columns import COLUMNS, PRIORITY_COLUMN, TAGS_COLUMN, nearest
from semstyle.manifest.errors import ManifestError
from semstyle.manifest.row import URI_PARAMETERS, BadRow, Position, make_row
from semstyle.storage import parent, read_bytes

SUFFIX = ".csv"
MOST_BYTES = 64 * 2**20
DELIMITERS = ",;\t"
TEXT_COLUMNS = tuple(column for column in COLUMNS if column != TAGS_COLUMN)


@dataclass(frozen=True)
class CsvTable:
    """A table whose header has been checked. Its cells are text; an empty one stands for the default.

    Spreadsheets in many countries put semicolons between cells; the header tells.
    """

    uri: str
    text: str

    @cached_property
    def header(self) -> list[str]:
        return filled([name.strip() for name in next(self.lines(), [])])

    def columns(self) -> set[str]:
        return set(self.header)

    def lists(self) -> set[str]:
        return set()

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows, with parameters in their own types.

        Raises:
            ManifestError: when a row could not be rendered; names it, the first after the header being row 1.
        """
        lines = self.lines()
        next(lines, None)
        for number, cells in enumerate(map(filled, filter(any, lines)), 1):
            if len(cells) > len(self.header):
                message = f"it has {len(cells)} cells under {len(self.header)} names; put text with commas in quotes"
                raise ManifestError(message, self.uri, number)
            yield self._checked(dict(zip(self.header, (cell.strip() or None for cell in cells), strict=False)), number)

    def _checked(self, row: dict[str, Any], number: int) -> dict[str, Any]:
        made = make_row(row, Position(self.uri, number), parent(self.uri))
        if isinstance(made, BadRow):
            raise ManifestError(made.message, self.uri, number, made.column)
        typed = {name: value for name, value in made.parameters.as_dict().items() if name not in URI_PARAMETERS}
        typed[PRIORITY_COLUMN] = made.priority
        return {name: typed.get(name, value) for name, value in row.items() if value is not None}

    def lines(self) -> Iterator[list[str]]:
        """Yield the cells of each line, beginning with the header; raises :class:`ManifestError` if this is not CSV."""
        first = self.text.partition("\n")[0]
        try:
            yield from csv.reader(io.StringIO(self.text, newline=""), delimiter=max(DELIMITERS, key=first.count))
        except csv.Error as error:
            raise ManifestError(f"not readable as CSV ({error}); save it as that", self.uri) from None


def filled(cells: list[str]) -> list[str]:
    """Return ``cells`` without the empty ones at the end, which spreadsheets add."""
    last = max((number for number, cell in enumerate(cells, 1) if cell), default=0)
    return cells[:last]


def read_table(uri: str) -> CsvTable:
    """Read a table and check its header.

    Raises:
        ManifestError: for a column that a manifest has not, or that cannot be written as text.
        StorageError: when it cannot be read.
    """
    try:
        table = CsvTable(uri, read_bytes(uri, MOST_BYTES).decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ManifestError("not readable as CSV in UTF-8; save it as that", uri) from None
    header = table.header
    if not header:
        raise ManifestError("the file is empty; its first line names the columns, such as style,size", uri)
    for name in header:
        if name == TAGS_COLUMN:
            raise ManifestError("tags cannot be written in CSV; use a grid spec or Parquet", uri, column=name)
        if name not in TEXT_COLUMNS:
            raise ManifestError(f"there is no such column{nearest(name, TEXT_COLUMNS)}", uri, column=name)
        if header.count(name) > 1:
            raise ManifestError("the column is there more than once; keep one", uri, column=name)
    if not any(map(any, itertools.islice(table.lines(), 1, None))):
        raise ManifestError("there are no rows under the names of the columns; write a line for each render", uri)
    return table
