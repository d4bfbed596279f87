"""A run's images in groups, each with what tells it apart and how it was judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from semstyle.evaluate.metrics import METRICS
from semstyle.farm.layout import image_path
from semstyle.report.varying import INPUTS, PARAMETERS, Result, short, sort_key, tags_of, varying

SHOWN = ("semantic_leak", "repetition", "style_distance", "content_distance")
"""What stands below each image; the table has the rest."""


@dataclass(frozen=True)
class Card:
    """One image.

    Attributes:
        image: URL from the report's folder.
        told_apart_by: (column, value) of what varies in its group.
        metrics: By name.
    """

    render_id: str
    image: str
    height: int
    width: int
    told_apart_by: Sequence[tuple[str, str]]
    metrics: dict[str, float]

    @property
    def shown(self) -> list[tuple[str, float]]:
        return [(name, self.metrics[name]) for name in SHOWN if name in self.metrics]

    @property
    def label(self) -> str:
        """For those who cannot see the image."""
        return ", ".join(f"{name} {value}" for name, value in self.told_apart_by) or self.render_id


@dataclass(frozen=True)
class Group:
    """The images that have the same tags.

    Attributes:
        metrics: Names of those that some image has.
    """

    title: str
    cards: Sequence[Card]

    @property
    def metrics(self) -> list[str]:
        known = {name for card in self.cards for name in card.metrics}
        return [metric.name for metric in METRICS if metric.name in known]


def groups_of(results: Sequence[Result]) -> list[Group]:
    """By tags, in order; within a group in the order of what varies there."""
    by_tags: dict[tuple[tuple[str, str], ...], list[Result]] = {}
    for result in results:
        by_tags.setdefault(tags_of(result), []).append(result)
    return [Group(title_of(tags), list(cards_of(by_tags[tags]))) for tags in sorted(by_tags)]


def title_of(tags: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in tags) or "without tags"


def cards_of(results: Sequence[Result]) -> Iterator[Card]:
    columns = varying(results, (*INPUTS, *PARAMETERS))
    for result in sorted(results, key=lambda result: (*sort_key(result, columns), result["render_id"])):
        told_apart_by = [(column.replace("_", " "), short(result[column])) for column in columns]
        yield Card(
            result["render_id"],
            f"../{quote(image_path(result['render_id']))}",
            result["height"],
            result["width"],
            told_apart_by,
            dict(result["metrics"] or ()),
        )


def pages_of(groups: Sequence[Group], size: int) -> list[list[Group]]:
    """``size`` images to a page; a group may go on over the page."""
    pages: list[list[Group]] = [[]]
    room = size
    for group in groups:
        start = 0
        while start < len(group.cards):
            if not room:
                pages.append([])
                room = size
            part = group.cards[start : start + room]
            pages[-1].append(Group(group.title, part))
            start, room = start + len(part), room - len(part)
    return pages
