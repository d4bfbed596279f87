"""A manifest or grid spec that cannot be used, and where."""

from __future__ import annotations

from semstyle.errors import SemstyleError
from semstyle.storage import one_line, redact


class ManifestError(SemstyleError):
    """A manifest or grid spec is wrong; the message says what.

    Attributes:
        file: Its URI, without credentials.
        row: Counted from 1, when one row is at fault.
        column: The column, or the key of a spec, when one is at fault.
    """

    def __init__(self, message: str, file: str, row: int | None = None, column: str | None = None) -> None:
        self.file = redact(file)
        self.row = row
        self.column = column
        place = ", ".join(
            [self.file, *([f"row {row}"] if row is not None else []), *([f"column {column}"] if column else [])]
        )
        super().__init__(one_line(f"{place}: {message}"))
