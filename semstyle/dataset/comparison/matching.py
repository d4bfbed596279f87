"""Which render of one night belongs to which of another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from semstyle.dataset.comparison.changed_settings import ValueMap, changed_settings
from semstyle.dataset.comparison.rendered import Rendered, shown


class Match(StrEnum):
    """By what renders are paired."""

    AUTO = "auto"
    """By id, and what is left by inputs."""
    ID = "id"
    INPUTS = "inputs"


@dataclass(frozen=True, slots=True)
class Pair:
    """A render before and the one after that belongs to it."""

    before: Rendered
    after: Rendered


@dataclass
class Matching:
    """The pairs of two nights, and what has no partner.

    Attributes:
        by_id: How many of the pairs have the same id and were paired by it.
        remarks: Why renders were left out, a line each.
    """

    pairs: list[Pair] = field(default_factory=list)
    by_id: int = 0
    only_before: list[Rendered] = field(default_factory=list)
    only_after: list[Rendered] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def changed(self) -> Counter[tuple[str, str, str]]:
        """How many pairs differ in a setting, by (setting, value before, value after)."""
        found: Counter[tuple[str, str, str]] = Counter()
        for pair in self.pairs:
            one, other = pair.before.settings, pair.after.settings
            if one != other:
                for name in {**one, **other}:
                    if one.get(name) != other.get(name):
                        found[name, shown(one.get(name)), shown(other.get(name))] += 1
        return found


def match(
    before: Sequence[Rendered], after: Sequence[Rendered], by: Match = Match.AUTO, across: Collection[str] = ()
) -> Matching:
    """Pair the renders of two nights, each with one at most; the pairs stand in the order of the manifest before.

    By inputs, two renders belong together when their files have the same SHA-256 and their settings are the same, but
    for those that differ as a whole; see :func:`semstyle.dataset.comparison.changed_settings.changed_settings`.

    Args:
        across: Settings that are taken to differ as a whole; only :attr:`Match.INPUTS` heeds them.
    """
    matching = Matching()
    if by is not Match.INPUTS:
        pair_by_id(matching, before, after)
    left_before = without(before, [pair.before for pair in matching.pairs])
    left_after = without(after, [pair.after for pair in matching.pairs])
    if by is not Match.ID and left_before and left_after:
        pair_by_inputs(matching, (before, after), (left_before, left_after), across)
        left_before = without(left_before, [pair.before for pair in matching.pairs])
        left_after = without(left_after, [pair.after for pair in matching.pairs])
    matching.pairs.sort(key=lambda pair: pair.before.place)
    matching.only_before, matching.only_after = left_before, left_after
    return matching


def without(renders: Sequence[Rendered], paired: Collection[Rendered]) -> list[Rendered]:
    ids = {render.render_id for render in paired}
    return [render for render in renders if render.render_id not in ids]


def pair_by_id(matching: Matching, before: Sequence[Rendered], after: Sequence[Rendered]) -> None:
    others = {render.render_id: render for render in after}
    matching.pairs += [Pair(render, others[render.render_id]) for render in before if render.render_id in others]
    matching.by_id = len(matching.pairs)


def pair_by_inputs(
    matching: Matching,
    whole: tuple[Sequence[Rendered], Sequence[Rendered]],
    left: tuple[Sequence[Rendered], Sequence[Rendered]],
    across: Collection[str],
) -> None:
    """Pair what is left of two nights, method by method where they have methods in common.

    Args:
        whole: All renders of both nights, which tell what differs as a whole.
    """
    has_digests = all(render.digests is not None for side in left for render in side)
    for sides, rest in zip(by_method(whole), by_method(left, like=whole), strict=True):
        if not rest[0] or not rest[1]:
            continue
        maps, remarks = changed_settings(sides[0], sides[1], across)
        matching.remarks += [remark for remark in remarks if remark not in matching.remarks]
        pair_alike(matching, rest, maps, has_digests)


Sides = tuple[Sequence[Rendered], Sequence[Rendered]]


def by_method(sides: Sides, like: Sides | None = None) -> list[Sides]:
    """Cut both nights into the renders of each method that ``like`` has in common; all are one where it has none."""
    methods = [{render.method for render in side} for side in like or sides]
    common = sorted(map(str, methods[0] & methods[1]))
    if not common:
        return [sides]
    return [
        (
            [render for render in sides[0] if str(render.method) == method],
            [render for render in sides[1] if str(render.method) == method],
        )
        for method in common
    ]


def pair_alike(matching: Matching, sides: Sides, maps: Mapping[str, ValueMap], has_digests: bool) -> None:
    """Pair the renders of the same inputs and settings, once those of before are translated; alike ones in order."""
    names = sorted({name for side in sides for render in side for name in render.settings})
    waiting: dict[Hashable, list[Rendered]] = {}
    for render in sorted(sides[1], key=lambda render: render.place, reverse=True):
        values = tuple(None if maps.get(name, {}) is None else render.settings.get(name) for name in names)
        waiting.setdefault((inputs_of(render, has_digests), values), []).append(render)
    for render in sorted(sides[0], key=lambda render: render.place):
        values = tuple(translated(render.settings.get(name), name, maps) for name in names)
        if partners := waiting.get((inputs_of(render, has_digests), values)):
            matching.pairs.append(Pair(render, partners.pop()))


def inputs_of(render: Rendered, has_digests: bool) -> Hashable:
    return render.digests if has_digests else render.uris


class NoPartner:
    """Stands for a value that has none on the other side; equal to nothing else."""


def translated(value: Any, name: str, maps: Mapping[str, ValueMap]) -> Any:
    """Return what a value before is called after."""
    if name not in maps:
        return value
    map_of_values = maps[name]
    return None if map_of_values is None else map_of_values.get(value, NoPartner)
