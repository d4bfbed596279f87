"""Finding everything that is wrong with a manifest before it runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from semstyle.engine.errors import SemstyleError
from semstyle.manifest.columns import ID_COLUMN
from semstyle.manifest.identity import ID_DIGITS, default_id
from semstyle.manifest.reader import read_rows
from semstyle.manifest.row import BadRow, Row
from semstyle.storage import redact


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one row; no credentials in it."""

    file: str
    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}, column {self.column}: {self.message}"


def validate_manifest(uri: str, check_inputs: bool = False) -> Iterator[Problem | None]:
    """For each row its problems, then ``None`` when the row is done.

    Args:
        check_inputs: Also open each distinct set of inputs.

    Raises:
        ManifestError: for a schema that is wrong.
        StorageError: when the manifest cannot be read.
    """
    ids = GivenIds()
    inputs = OpenedInputs() if check_inputs else None
    for row in read_rows(uri):
        if isinstance(row, BadRow):
            yield problem_of(row, row.column, row.message)
        else:
            if message := ids.problem(row):
                yield problem_of(row, ID_COLUMN, message)
            if inputs and (found := inputs.problem(row)):
                yield problem_of(row, *found)
        yield None


def problem_of(row: Row | BadRow, column: str, message: str) -> Problem:
    return Problem(redact(row.position.file), row.position.row, column, redact(message))


class GivenIds:
    """The ids that users gave, without regard to case, as disks may not regard it, and what each one renders."""

    def __init__(self) -> None:
        self._renders: dict[str, str] = {}  # the hash and the id as given in one string: a million rows are many

    def problem(self, row: Row) -> str | None:
        """Why the row's id cannot be its own, or None. A default id cannot clash, so it is not kept."""
        content = default_id(row.inputs, row.parameters)
        if row.render_id == content:
            return None
        earlier = self._renders.setdefault(row.render_id.lower(), content + row.render_id)
        given = earlier[ID_DIGITS:]
        if given != row.render_id:
            return f"{row.render_id!r} differs from the id {given!r} of an earlier row only in case"
        if not earlier.startswith(content):
            return f"{row.render_id!r} is the id of an earlier row with other inputs or parameters"
        return None


class OpenedInputs:
    """The sets of inputs opened so far: a grid repeats them."""

    def __init__(self) -> None:
        self._known: dict[tuple[tuple[str, str], ...], tuple[str, str] | None] = {}

    def problem(self, row: Row) -> tuple[str, str] | None:
        """(column, message) of what keeps the row's inputs from being rendered, or None."""
        names = tuple(row.uris())
        if names not in self._known:
            self._known[names] = opened(row)
        return self._known[names]


def opened(row: Row) -> tuple[str, str] | None:
    from semstyle.manifest.inputs import check_input, load_inputs

    column = "style"
    try:
        for column, uri in sorted(row.uris(), key=lambda item: item[0].endswith("_map")):  # images first
            check_input(row, column, uri)
        column = "target_map"
        load_inputs(row)
    except SemstyleError as error:
        return column, str(error)
    return None
