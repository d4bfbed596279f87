"""How a night was made: versions, devices and options, so that two nights can be told apart by cause."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
from pydantic import BaseModel

from semstyle.dataset.comparison.rendered import READ
from semstyle.farm.output.job import read_job
from semstyle.farm.output.record import result_schema
from semstyle.report.varying import Result
from semstyle.storage import Folder, one_line

OF_ONE_RENDER = {"content_id", "pixels_sha256", "maps", "remarks", "node", "run_id", "attempts"}
"""Columns of text that say something of one render or of where it was put, not of how the night was made."""
OF_ONE_RUN = {"runs"}
MOST_VALUES = 1_000
MOST_TOLD = 20


def tells(column: pa.Field) -> bool:
    """Whether a column holds text or truth values, alone or nested; numbers measure, and do not name a cause."""
    kind = column.type
    return bool(pa.types.is_string(kind) or pa.types.is_boolean(kind) or pa.types.is_nested(kind))


PROVENANCE = tuple(
    column.name
    for column in result_schema()
    if column.name not in READ and column.name not in OF_ONE_RENDER and tells(column)
)
"""The columns of a record that say how it was made: all that nothing else is known of, so that a new one is in it."""


class OriginChange(BaseModel):
    """A fact of how the nights were made that differs.

    Attributes:
        before: The values that the night before has, the most frequent first; empty when it does not say.
        after: The same of the night after.
    """

    name: str
    before: list[str]
    after: list[str]


class CountedFacts:
    """Counts how often each fact has each value in one night."""

    def __init__(self) -> None:
        self.values: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, result: Result) -> None:
        self.update({column: result[column] for column in PROVENANCE})

    def update(self, facts: Mapping[str, Any]) -> None:
        for name, value in flat(facts):
            counted = self.values[name]
            if value in counted or len(counted) < MOST_VALUES:
                counted[value] += 1

    def told(self, name: str) -> list[str]:
        return [value for value, _ in sorted(self.values[name].items(), key=lambda item: (-item[1], item[0]))]


def flat(facts: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, str]]:
    """Yield (name, value) of all facts, of those within others as ``outer.inner``; null ones are left out."""
    for name, value in facts.items():
        place = f"{within}{one_line(str(name))}"
        if is_pairs(value):
            value = dict(value)
        if isinstance(value, Mapping):
            yield from flat(value, f"{place}.")
        elif value is not None:
            yield place, one_line(str(value))


def is_pairs(value: Any) -> bool:
    """Whether ``value`` is a map as pyarrow gives it: a list of (name, value)."""
    return isinstance(value, list) and bool(value) and all(isinstance(part, tuple) and len(part) == 2 for part in value)


def job_origins(folder: Folder) -> dict[str, Any]:
    """Return what ``job.json`` says of how the last run was made; nothing when there is none."""
    job = read_job(folder)
    return {} if job is None else {"job": job.model_dump(mode="json", exclude=OF_ONE_RUN)}


def origin_changes(before: CountedFacts, after: CountedFacts) -> list[OriginChange]:
    """Return every fact whose values are not the same in both nights; how often each occurs does not matter."""
    names = dict.fromkeys((*before.values, *after.values))
    return [
        OriginChange(name=name, before=before.told(name)[:MOST_TOLD], after=after.told(name)[:MOST_TOLD])
        for name in names
        if set(before.told(name)) != set(after.told(name))
    ]
