"""Choosing rows of a manifest: by a condition, or so many of them, the same ones each time."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from semstyle.engine.presets import PRESET
from semstyle.manifest.compared import RowValues
from semstyle.manifest.condition import Condition
from semstyle.manifest.row import BadRow, Row

HASH_BYTES = 8


@dataclass(frozen=True)
class Choice:
    """Which rows are chosen.

    Attributes:
        where: A condition that they meet; None for any. Rows that cannot be rendered meet none.
        sample: How many renders there are to be at most; None for all. Those whose ids have the smallest hashes are
            taken, so that a smaller sample is a part of a larger one.
    """

    where: str | None = None
    sample: int | None = None

    @property
    def is_whole(self) -> bool:
        return self.where is None and self.sample is None

    def meets(self, row: Row | BadRow) -> bool:
        """Whether ``row`` meets the condition, whether or not it is in the sample."""
        return self._condition is None or (isinstance(row, Row) and self._condition.holds(RowValues(row)))

    def last_hash(self, rows: Iterable[Row | BadRow]) -> int | None:
        """Return the largest hash of an id in the sample of ``rows``; None when all that meet the condition are in it.

        No more than the sample's hashes are held.
        """
        if self.sample is None:
            return None
        smallest: list[int] = []  # negated: a heap has its smallest on top
        held: set[int] = set()
        is_full = False
        for row in rows:
            if self.meets(row) and (number := id_hash(row.render_id)) not in held:
                if len(smallest) < self.sample:
                    heapq.heappush(smallest, -number)
                    held.add(number)
                    continue
                is_full = True
                if number < -smallest[0]:
                    held.remove(-heapq.heapreplace(smallest, -number))
                    held.add(number)
        return -smallest[0] if is_full else None

    @cached_property
    def _condition(self) -> Condition | None:
        return None if self.where is None else parse_where(self.where)


ALL = Choice()


def parse_where(text: str) -> Condition:
    """Read a condition on rows of a manifest.

    Raises:
        ValueError: in words for the user.
    """
    condition = Condition.parse(text)
    if PRESET in condition.names():
        raise ValueError("rows are chosen by their parameters, which a preset sets, and not by preset itself")
    return condition


def chosen(rows: Iterable[Row | BadRow], choice: Choice, last_hash: int | None) -> Iterator[Row | BadRow]:
    """Yield the rows that are chosen.

    Args:
        last_hash: What :meth:`Choice.last_hash` returned of all rows.
    """
    return (row for row in rows if is_chosen(row, choice, last_hash))


def is_chosen(row: Row | BadRow, choice: Choice, last_hash: int | None) -> bool:
    return choice.meets(row) and (last_hash is None or id_hash(row.render_id) <= last_hash)


def id_hash(render_id: str) -> int:
    """Return a number that is spread evenly; case is ignored, as it is by some disks."""
    return int.from_bytes(hashlib.sha256(render_id.lower().encode()).digest()[:HASH_BYTES])
