"""How the numbers of paired renders differ: of all pairs, and by method and parameter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel

from semstyle.dataset.comparison.bootstrap import LEAST_PAIRS, Values, intervals
from semstyle.dataset.comparison.matching import Pair
from semstyle.dataset.comparison.rendered import NUMBERS, shown
from semstyle.report.varying import PARAMETERS, varying

MOST_VALUES = 20
"""A parameter with more values than this is not split by: hardly two pairs would share one."""


class Difference(BaseModel):
    """The paired difference of one number, after minus before.

    Attributes:
        pairs: How many pairs have the number on both sides.
        before: The mean of these pairs before.
        after: The same after.
        mean: The mean difference.
        low: The lower end of its 95 % interval; None of fewer than five pairs.
        high: The upper end.
    """

    name: str
    pairs: int
    before: float
    after: float
    mean: float
    low: float | None
    high: float | None

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


class Split(BaseModel):
    """The differences of those pairs that have one value of a parameter.

    Attributes:
        by: The parameter.
        value: Its value, or ``before → after`` where these differ.
        pairs: How many pairs there are.
    """

    by: str
    value: str
    pairs: int
    differences: list[Difference]


def differences_of(pairs: Sequence[Pair]) -> list[Difference]:
    """Return the difference of every number that some pair has on both sides, in the order of ``NUMBERS``."""
    before = np.array([pair.before.numbers for pair in pairs]).reshape(-1, len(NUMBERS))
    after = np.array([pair.after.numbers for pair in pairs]).reshape(-1, len(NUMBERS))
    known = np.isfinite(before) & np.isfinite(after)
    found: dict[int, Difference] = {}
    for columns in alike(known):
        rows = known[:, columns[0]]
        if rows.any():
            found |= column_differences(before[rows][:, columns], after[rows][:, columns], columns)
    return [found[column] for column in sorted(found)]


def alike(known: np.ndarray[Any, np.dtype[np.bool_]]) -> list[list[int]]:
    """Group the columns that are known of the same rows, which can be drawn together."""
    groups: dict[bytes, list[int]] = {}
    for column in range(known.shape[1]):
        groups.setdefault(known[:, column].tobytes(), []).append(column)
    return list(groups.values())


def column_differences(before: Values, after: Values, columns: Sequence[int]) -> dict[int, Difference]:
    """Return the differences of (pairs, numbers) by column, all known."""
    differences = after - before
    low, high = intervals(differences)
    has_interval = len(differences) >= LEAST_PAIRS
    return {
        column: Difference(
            name=NUMBERS[column],
            pairs=len(differences),
            before=float(before[:, place].mean()),
            after=float(after[:, place].mean()),
            mean=float(differences[:, place].mean()),
            low=float(low[place]) if has_interval else None,
            high=float(high[place]) if has_interval else None,
        )
        for place, column in enumerate(columns)
    }


def splits_of(pairs: Sequence[Pair]) -> list[Split]:
    """Return the differences by method and by each parameter that varies between the pairs.

    A parameter that tells apart only what an earlier one does is left out, and so is one of many values, or of another
    value in each pair.
    """
    seen: set[tuple[int, ...]] = set()
    found: list[Split] = []
    for name in varying_parameters(pairs):
        groups = groups_by(pairs, name)
        partition = partition_of([value_of(pair, name) for pair in pairs])
        if 1 < len(groups) <= min(MOST_VALUES, len(pairs) - 1) and partition not in seen:
            seen.add(partition)
            found += [
                Split(by=name, value=value, pairs=len(group), differences=differences_of(group))
                for value, group in groups.items()
            ]
    return found


def partition_of(values: Sequence[str]) -> tuple[int, ...]:
    """Return which of ``values`` are the same, whatever they are: each as its number in the order of appearance."""
    numbers: dict[str, int] = {}
    return tuple(numbers.setdefault(value, len(numbers)) for value in values)


def varying_parameters(pairs: Sequence[Pair]) -> Iterator[str]:
    """Yield the parameters that vary on either side, the method first."""
    sides = (
        [{**pair.before.settings, "content": pair.before.uris[3]} for pair in pairs],
        [{**pair.after.settings, "content": pair.after.uris[3]} for pair in pairs],
    )
    varied = {name for side in sides for name in varying(side, PARAMETERS)} if pairs else set()
    yield from sorted(varied, key=lambda name: (name != "method", PARAMETERS.index(name)))


def groups_by(pairs: Sequence[Pair], name: str) -> dict[str, list[Pair]]:
    """Group the pairs by their values of a parameter, in the order of these."""
    groups: dict[str, list[Pair]] = {}
    for pair in sorted(pairs, key=lambda pair: order_of(pair.before.settings[name])):
        groups.setdefault(value_of(pair, name), []).append(pair)
    return groups


def value_of(pair: Pair, name: str) -> str:
    before, after = shown(pair.before.settings[name]), shown(pair.after.settings[name])
    return before if before == after else f"{before} → {after}"


def order_of(value: Any) -> tuple[bool, bool, Any]:
    """Return a key that sorts numbers by size, then texts, then none."""
    return value is None, isinstance(value, str), 0 if value is None else value
