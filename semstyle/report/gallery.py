"""A run's images in groups, each with what tells it apart and how it was judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from semstyle.evaluate.metrics import METRICS
from semstyle.farm.output.layout import image_path
from semstyle.report.order import place_of
from semstyle.report.varying import INPUTS, PARAMETERS, Result, Tags, short, sort_key, tags_of, varying

MOST_SHOWN = 1_000
"""How many images a gallery has at most, unless the user says otherwise."""
SHOWN = ("semantic_leak", "repetition", "style_distance", "content_distance")
"""The metrics that stand below each image; the table has all."""


@dataclass(frozen=True)
class Card:
    """One image of a gallery, and what is written beside it.

    Attributes:
        image: The image's URL, relative to the report's folder.
        told_apart_by: (column, value) for each column that varies in its group.
        metrics: Name → value.
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
        """A description for those who cannot see the image."""
        return ", ".join(f"{name} {value}" for name, value in self.told_apart_by) or self.render_id


@dataclass(frozen=True)
class Group:
    """The images that have the same tags, or some of them.

    Attributes:
        size: How many there are, in words.
        metrics: The names of all metrics that some image has.
    """

    title: str
    size: str
    cards: Sequence[Card]

    @property
    def metrics(self) -> list[str]:
        known = {name for card in self.cards for name in card.metrics}
        return [metric.name for metric in METRICS if metric.name in known]


def groups_of(results: Sequence[Result], counts: Mapping[Tags, int]) -> list[Group]:
    """Group results with the same tags; groups, and the results in them, are in the order of the manifest.

    Args:
        counts: How many results of the run have these tags, whether or not they are among ``results``.
    """
    by_tags: dict[Tags, list[Result]] = {}
    for result in results:
        by_tags.setdefault(tags_of(result), []).append(result)
    in_order = sorted(by_tags, key=lambda tags: (min(map(place_of, by_tags[tags]))[:2], tags))
    return [
        Group(title_of(tags), size_of(len(by_tags[tags]), counts[tags]), list(cards_of(by_tags[tags])))
        for tags in in_order
    ]


def size_of(shown: int, count: int) -> str:
    return f"{count:,}" if shown == count else f"the first {shown:,} of {count:,}"


def title_of(tags: Tags) -> str:
    return ", ".join(f"{name}: {value}" for name, value in tags) or "without tags"


def cards_of(results: Sequence[Result]) -> Iterator[Card]:
    columns = varying(results, (*INPUTS, *PARAMETERS))
    for result in in_manifest_order(results, columns):
        told_apart_by = [(column.replace("_", " "), short(result[column])) for column in columns]
        yield Card(
            result["render_id"],
            f"../{quote(image_path(result['render_id']))}",
            result["height"],
            result["width"],
            told_apart_by,
            dict(result["metrics"] or ()),
        )


def in_manifest_order(results: Sequence[Result], columns: Sequence[str]) -> list[Result]:
    """Sort ``results`` as their rows stand in the manifest; those without a row's number are sorted by ``columns``."""
    return sorted(results, key=lambda result: (place_of(result)[:2], sort_key(result, columns), result["render_id"]))


def pages_of(groups: Sequence[Group], size: int) -> list[list[Group]]:
    """Put ``size`` images on each page; a group may go on over the page."""
    pages: list[list[Group]] = [[]]
    room = size
    for group in groups:
        start = 0
        while start < len(group.cards):
            if not room:
                pages.append([])
                room = size
            part = group.cards[start : start + room]
            pages[-1].append(Group(group.title, group.size, part))
            start, room = start + len(part), room - len(part)
    return pages
