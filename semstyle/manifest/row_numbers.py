"""Writing many numbers of rows in few words, such as ``1-3, 7``."""

from __future__ import annotations

MOST_RANGES = 5


class RowNumbers:
    """Numbers of rows of one file, added in their order; only ranges are kept, so a million neighbours take no room."""

    def __init__(self) -> None:
        self._ranges: list[tuple[int, int]] = []

    def add(self, row: int) -> None:
        if self._ranges and self._ranges[-1][1] == row - 1:
            self._ranges[-1] = (self._ranges[-1][0], row)
        else:
            self._ranges.append((row, row))

    @property
    def first(self) -> int:
        return self._ranges[0][0]

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self._ranges)

    def __str__(self) -> str:
        """``row 7``, ``rows 1-3, 7``, or the first of them and how many more there are."""
        shown = [str(first) if first == last else f"{first}-{last}" for first, last in self._ranges[:MOST_RANGES]]
        more = sum(last - first + 1 for first, last in self._ranges[MOST_RANGES:])
        noun = "row" if len(self) == 1 else "rows"
        return f"{noun} {', '.join(shown)}" + (f" and {more:,} more" if more else "")
