"""A part of a manifest's rows, so that several drivers can share one manifest."""

from __future__ import annotations

import re
from dataclasses import dataclass

PATTERN = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})", re.ASCII)


@dataclass(frozen=True)
class Shard:
    """Every ``count``-th row, from the ``number``-th on, so that neighbours, which often share a style, are spread.

    Attributes:
        number: Which of the shards this is, from 1 to ``count``.
    """

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read a shard that is written as ``2/8`` is.

        Raises:
            ValueError: in words for the user.
        """
        match = PATTERN.fullmatch(text)
        if match is None or int(match[1]) > int(match[2]):
            raise ValueError("write which of how many, such as 2/8")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def holds(self, row: int) -> bool:
        """Whether this row of the manifest is in the shard; the first is 1."""
        return (row - self.number) % self.count == 0

    def share(self, rows: int) -> int:
        """How many of a manifest's ``rows`` are in the shard."""
        return len(range(self.number, rows + 1, self.count))


WHOLE = Shard(1, 1)
