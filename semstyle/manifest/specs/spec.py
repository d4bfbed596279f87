"""A spec that has been read and checked: the rows that it stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from semstyle.counted import counted
from semstyle.manifest.columns import PRIORITY_COLUMN, SPEC_COLUMNS
from semstyle.manifest.errors import ManifestError
from semstyle.manifest.row import URI_PARAMETERS, BadRow, Position, make_row
from semstyle.manifest.specs.job import CheckedJob
from semstyle.manifest.specs.settings import Settings
from semstyle.manifest.specs.variables import hiding
from semstyle.storage import parent


@dataclass(frozen=True)
class Spec:
    """A spec that has been checked; what holds for all jobs is filled into each.

    Attributes:
        variables: The environment variables that it names, with their values, which no message tells.
        settings: What was set over it from outside.
    """

    uri: str
    jobs: tuple[CheckedJob, ...]
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: Settings = field(default_factory=dict)

    @property
    def row_count(self) -> int:
        """How many rows it stands for, before ``when`` and ``exclude``."""
        return sum(job.row_count for job in self.jobs)

    def columns(self) -> set[str]:
        """The columns that its rows use."""
        return {"style"}.union(*(job.columns() for job in self.jobs))

    def lists(self) -> set[str]:
        """The input columns in which some row names several inputs."""
        return set().union(*(job.inputs.lists() for job in self.jobs))

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows, grouped by set of inputs; none is held.

        Raises:
            ManifestError: when a row could not be rendered, or a job has none left; names the key of the spec.
        """
        with hiding(self.variables):
            for job in self.jobs:
                is_empty = True
                for number, row in job.rows():
                    yield self._checked(row, job, number)
                    is_empty = False
                if is_empty:
                    message = f"{job.prefix}exclude: leaves none of {counted(job.row_count, 'row')}; exclude fewer"
                    raise ManifestError(message, self.uri)

    def _checked(self, row: dict[str, Any], job: CheckedJob, number: int) -> dict[str, Any]:
        """Check ``row``, and return it with its parameters in their own types."""
        made = make_row(row, Position(self.uri, 0), parent(self.uri))
        if isinstance(made, BadRow):
            raise ManifestError(f"{self._place(made.column, job, number)}{made.message}", self.uri)
        typed = {**made.parameters.as_dict(), PRIORITY_COLUMN: made.priority}
        return {
            name: typed[name] if name in typed and name not in URI_PARAMETERS and value is not None else value
            for name, value in row.items()
        }

    def _place(self, column: str, job: CheckedJob, number: int) -> str:
        """Begin a message about a row's ``column`` with where its value comes from."""
        if column in self.settings:
            return f"--set {column}: "
        if column not in SPEC_COLUMNS:
            return f"{job.prefix}{job.inputs.place(number, column)}"
        key = job.block.names().get(column, "fixed")
        return f"{job.prefix}{key}: " if key in {"seeds", "presets"} else f"{job.prefix}{key}.{column}: "
