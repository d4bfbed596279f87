"""A job of a spec: its images with all combinations of its parameters, less what its conditions leave out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from semstyle.errors import ParameterError
from semstyle.manifest.columns import INPUT_COLUMNS, TAGS_COLUMN
from semstyle.manifest.condition import Condition
from semstyle.manifest.specs.axes import Axis, axes_of, combinations
from semstyle.manifest.specs.document import Block
from semstyle.manifest.specs.input_sets import InputSets
from semstyle.manifest.specs.settled import WrittenValues


@dataclass(frozen=True)
class CheckedJob:
    """A job that has been checked; what holds for all jobs is filled in.

    Attributes:
        when: Parameters and the conditions under which they are set; each comes after those that it depends on.
        prefix: What stands before its keys in messages, such as ``jobs[1].``.
    """

    block: Block
    inputs: InputSets
    exclude: tuple[Condition, ...]
    when: tuple[tuple[str, Condition], ...]
    prefix: str

    @property
    def row_count(self) -> int:
        """How many rows it stands for, before ``when`` and ``exclude``."""
        return len(self.inputs) * combination_count(self.block)

    def columns(self) -> set[str]:
        """The columns that its rows use."""
        tags = {TAGS_COLUMN} if self.block.tags or self.inputs.has_tags() else set()
        return {"style", *self.inputs.columns(), *self.block.names(), *tags}

    def rows(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield (number of the set of inputs, row), set by set; the last axis varies fastest."""
        axes = axes_of(self.block)
        for number in range(len(self.inputs)):
            inputs = self.inputs[number]
            tags = {**self.block.tags, **inputs.tags}
            beneath = {**{name: getattr(inputs, name) for name in INPUT_COLUMNS}, **self.block.fixed}
            for entries in combinations(axes):
                if row := self._row(axes, entries, beneath, tags):
                    yield number, {**row, TAGS_COLUMN: list(tags.items())} if tags else row

    def _row(
        self, axes: tuple[Axis, ...], entries: tuple[int, ...], beneath: dict[str, Any], tags: dict[str, str]
    ) -> dict[str, Any] | None:
        """Return the row of one combination; None if it is left out, or another is the same."""
        row = dict(beneath)
        for axis, entry in zip(axes, entries, strict=True):
            row.update(zip(axis.names, axis.entries[entry], strict=True))
        values = WrittenValues(row, tags)
        dropped = set()
        for name, condition in self.when:
            if not holds(condition, values, when_wrong=True):
                dropped.add(name)
                row[name] = None
        for axis, entry in zip(axes, entries, strict=True):
            if (unused := dropped.intersection(axis.names)) and not axis.is_first(entry, frozenset(unused)):
                return None
        is_left_out = any(holds(condition, values, when_wrong=False) for condition in self.exclude)
        return None if is_left_out else row


def combination_count(block: Block) -> int:
    """How many combinations of parameters a job has."""
    seeds = block.seeds if isinstance(block.seeds, int) else len(block.seeds or [0])
    return math.prod(
        [
            len(block.presets or [0]),
            *map(len, block.grid.values()),
            *[len(values) for values in block.zip.values()][:1],
            block.sample.n if block.sample else 1,
            seeds,
        ]
    )


def holds(condition: Condition, values: WrittenValues, when_wrong: bool) -> bool:
    """Whether ``condition`` holds; ``when_wrong`` for a row whose values cannot be, which its own check tells."""
    try:
        return condition.holds(values)
    except ParameterError:
        return when_wrong
