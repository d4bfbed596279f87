"""Finding everything that is wrong with a manifest before it runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from semstyle.errors import SemstyleError
from semstyle.manifest.columns import ID_COLUMN
from semstyle.manifest.identity import ID_DIGITS, default_id
from semstyle.manifest.reader import StoredRow, priorities, read_stored
from semstyle.manifest.row import BadRow, Row
from semstyle.manifest.row_numbers import RowNumbers
from semstyle.storage import redact

OWN_ID = "give each row an id of its own, or none"


@dataclass(frozen=True)
class ManifestProblem:
    """One thing that is wrong with one row, or with all rows that name the same file; it holds no credentials.

    Attributes:
        row: The number of the first such row.
        rows: The numbers of all of them, in words.
    """

    file: str
    row: int
    column: str
    message: str
    rows: str

    def __str__(self) -> str:
        return f"{self.file}, {self.rows}, column {self.column}: {self.message}"


def validate_manifest(uri: str, check_inputs: bool = False) -> Iterator[ManifestProblem | None]:
    """Yield the problems of each row, then ``None`` once the row is done; those of files come at the end, each once.

    Args:
        check_inputs: Also open each distinct set of inputs.

    Raises:
        ManifestError: for a schema that is wrong, or too many priorities.
        StorageError: when the manifest cannot be read.
    """
    priorities(uri)
    ids = GivenIds()
    inputs = OpenedInputs() if check_inputs else None
    for stored in read_stored(uri):
        row, faults = mended(stored)
        for fault in faults:
            yield problem_of(fault, fault.column, fault.message)
        if isinstance(row, Row):
            if not faults and (message := ids.problem(row)):
                yield problem_of(row, ID_COLUMN, message)
            if inputs:
                inputs.open(row)
        yield None
    if inputs:
        yield from inputs.problems()


def mended(stored: StoredRow) -> tuple[Row | BadRow, list[BadRow]]:
    """Replace what is wrong with a row by defaults, as far as that makes a render; returns it, and what was wrong."""
    faults: list[BadRow] = []
    row = stored.row()
    while isinstance(row, BadRow) and row.column not in {fault.column for fault in faults}:
        faults.append(row)
        stored = stored.without(row.column)
        row = stored.row()
    return row, faults


def problem_of(row: Row | BadRow, column: str, message: str, rows: RowNumbers | None = None) -> ManifestProblem:
    numbers = str(rows) if rows else f"row {row.position.row}"
    return ManifestProblem(redact(row.position.file), row.position.row, column, redact(message), numbers)


class GivenIds:
    """The ids that users gave, and what each one renders. Case is ignored, as some disks ignore it."""

    def __init__(self) -> None:
        self._renders: dict[str, str] = {}  # the hash and the id as given in one string: a million rows are many

    def problem(self, row: Row) -> str | None:
        """Say why the row cannot have its id, or None if it can. A default id cannot clash, so it is not kept."""
        content = default_id(row.inputs, row.parameters)
        if row.render_id == content:
            return None
        earlier = self._renders.setdefault(row.render_id.lower(), content + row.render_id)
        given = earlier[ID_DIGITS:]
        if given != row.render_id:
            return f"{row.render_id!r} differs from the id {given!r} of an earlier row only in case; {OWN_ID}"
        if not earlier.startswith(content):
            return f"{row.render_id!r} is the id of an earlier row with other inputs or parameters; {OWN_ID}"
        return None


@dataclass(frozen=True)
class Shared:
    """The rows that have a problem in common: the first of them, the numbers of all, and the columns it is found in."""

    first: Row
    rows: RowNumbers = field(default_factory=RowNumbers)
    columns: dict[str, None] = field(default_factory=dict)


class OpenedInputs:
    """The sets of inputs that were opened so far, what was wrong with each, and in which rows; a grid repeats them."""

    def __init__(self) -> None:
        self._known: dict[tuple[tuple[str, str], ...], list[tuple[str, str]]] = {}
        self._found: dict[tuple[str, str], Shared] = {}

    def open(self, row: Row) -> None:
        """Open the inputs that the row names, unless an earlier row named the same."""
        names = tuple(row.uris())
        if names not in self._known:
            self._known[names] = opened(row)
        for column, message in self._known[names]:
            shared = self._found.setdefault((row.position.file, message), Shared(row))
            shared.columns[column] = None
            shared.rows.add(row.position.row)

    def problems(self) -> Iterator[ManifestProblem]:
        for (_, message), shared in self._found.items():
            yield problem_of(shared.first, " and ".join(shared.columns), message, shared.rows)


def opened(row: Row) -> list[tuple[str, str]]:
    """Open a row's inputs; returns (column, message) of all that keeps them from being rendered."""
    from semstyle.manifest.inputs import check_input, load_inputs

    found: dict[str, str] = {}
    for column, uri in sorted(row.uris(), key=lambda item: item[0].endswith("_map")):  # images first
        try:
            check_input(row, column, uri)
        except SemstyleError as error:
            found.setdefault(str(error), column)  # a map is held against its image: one that is missing is told once
    if not found:
        try:
            load_inputs(row)
        except SemstyleError as error:
            found[str(error)] = "target_map"
    return [(column, message) for message, column in found.items()]
