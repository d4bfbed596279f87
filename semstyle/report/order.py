"""The order of a run's results: that of the manifest's rows."""

from __future__ import annotations

from collections.abc import Sequence

from semstyle.report.varying import Result, sort_key

PLACE = ("manifest_file", "manifest_row")
"""The columns that say where a result's row stands; records of older versions have neither."""

Place = tuple[str, int, str]


def place_of(result: Result) -> Place:
    """Return a key that sorts results as their rows stand in the manifest; those without a row come first, by id."""
    return result["manifest_file"] or "", result["manifest_row"] or 0, result["render_id"]


def in_manifest_order(results: Sequence[Result], columns: Sequence[str]) -> list[Result]:
    """Sort ``results`` as their rows stand in the manifest; those without a row's number are sorted by ``columns``."""
    return sorted(results, key=lambda result: (place_of(result)[:2], sort_key(result, columns), result["render_id"]))


def has_place(result: Result) -> bool:
    return result["manifest_row"] is not None


class First:
    """Keeps the first ``limit`` of the results that it is given, by the order of the manifest."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: list[Result] = []

    def add(self, result: Result) -> None:
        self._kept.append(result)
        if len(self._kept) > 2 * self._limit:
            self._kept = self.in_order

    @property
    def in_order(self) -> list[Result]:
        return sorted(self._kept, key=place_of)[: self._limit]
