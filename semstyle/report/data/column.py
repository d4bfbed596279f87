"""A column of the report: something that tells renders apart, or that they are judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Group = Literal["parameter", "tag", "metric", "loss", "input", "time", "other"]
Kind = Literal["number", "category", "text"]
Better = Literal["lower", "higher"]


@dataclass(frozen=True)
class Source:
    """Where the values of a column come from.

    Attributes:
        name: Its name on the page, such as ``tags.scene`` or ``metric_weave``.
        column: The column of ``results/``.
        key: The key in that column, when it is a map.
        better: Which values are better, if any are.
    """

    name: str
    column: str
    group: Group
    title: str
    meaning: str = ""
    key: str | None = None
    better: Better | None = None


@dataclass(frozen=True)
class Column:
    """A column whose values are known.

    Attributes:
        values: The values of a category, as the table has them; pages have their numbers, and -1 for none.
        shown: The same in words.
        constant: The value of all renders, if they have the same one; pages then lack the column.
    """

    source: Source
    kind: Kind
    values: Sequence[str] = ()
    shown: Sequence[str] = ()
    constant: Any = None
    has_constant: bool = False
    pictures: Sequence[str | None] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Return what the page is told of it."""
        source = self.source
        told: dict[str, Any] = {
            "name": source.name,
            "group": source.group,
            "title": source.title,
            "kind": self.kind,
            "better": source.better,
            "meaning": source.meaning,
        }
        if self.kind == "category" and not self.has_constant:
            told["values"] = list(self.shown)
        if self.has_constant:
            told["constant"] = self.constant
        if source.group == "input":
            told |= {"picture": self.pictures[0]} if self.has_constant else {"pictures": list(self.pictures)}
        return told
