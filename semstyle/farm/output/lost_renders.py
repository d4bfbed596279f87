"""Renders that were committed and are gone by the end of their run: their folder was moved, emptied or restored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Lost:
    """How many renders are gone, and the ids of the first of them."""

    count: int = 0
    ids: Sequence[str] = ()

    def __add__(self, other: Lost) -> Lost:
        return Lost(self.count + other.count, (*self.ids, *other.ids))
