"""Planning which groups of a run's results are on which contact sheet, and saying what is on none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from semstyle.report.order import Place, has_place, place_of
from semstyle.report.varying import Result, Tags, tags_of, title_of

MOST_IMAGES = 100
MOST_SHEETS = 20
SMALL = 12
"""Groups of so many images, or fewer, share sheets when the run does not fit on one."""


@dataclass
class Members:
    """The results with the same tags: how many there are, and where the first stands."""

    tags: Tags
    first: Place
    count: int = 0
    have_places: bool = True

    @property
    def title(self) -> str:
        return title_of(self.tags)


@dataclass(frozen=True)
class SheetsPlan:
    """All groups of a run, and those of each sheet, both in the order of the manifest.

    Attributes:
        limit: How many images a sheet has at most.
    """

    groups: Sequence[Members]
    sheets: Sequence[Sequence[Members]]
    limit: int = MOST_IMAGES

    @property
    def total(self) -> int:
        return sum(group.count for group in self.groups)

    def drawn(self, sheet: Sequence[Members]) -> int:
        return sum(min(group.count, self.limit) for group in sheet)

    def heading(self, number: int) -> str:
        """Say what sheet ``number``, counted from 0, shows of the run and what it leaves out."""
        sheet = self.sheets[number]
        here, drawn = self.drawn(sheet), sum(map(self.drawn, self.sheets))
        order = ", in the order of the manifest" if all(group.have_places for group in sheet) else ""
        if here == self.total:
            return f"{renders(here)}{order}." if here else "No images."
        said = [f"{here:,} of {renders(self.total)}{order}."]
        if (left := sum(group.count for group in sheet) - here) and len(self.groups) > 1:
            said.append(f"The other {left:,} of this group are left out.")
        if others := len(self.sheets) - 1:
            named = "The other sheet beside this one shows" if others == 1 else f"The {others} other sheets show"
            said.append(f"{named} {drawn - here:,} more.")
        if missing := self.total - drawn:
            where = "on no sheet" if others else "left out"
            said.append(f"{renders(missing)} {'are' if missing > 1 else 'is'} {where}{self._groups_left_out()}.")
            said.append("index.html beside this has them all.")
        return " ".join(said)

    def _groups_left_out(self) -> str:
        left = len(self.groups) - sum(map(len, self.sheets))
        return f", among them {left:,} whole group{'s' * (left > 1)}" if left else ""


def planned(results: Iterable[Result], limit: int = MOST_IMAGES) -> SheetsPlan:
    """Plan a run's sheets from the tags and places of its results, which may come in any order."""
    groups = in_groups(results)
    return SheetsPlan(groups, arranged(groups, limit), limit)


def in_groups(results: Iterable[Result]) -> list[Members]:
    by_tags: dict[Tags, Members] = {}
    for result in results:
        tags, place = tags_of(result), place_of(result)
        members = by_tags.setdefault(tags, Members(tags, place))
        members.count += 1
        members.first = min(members.first, place)
        members.have_places &= has_place(result)
    return sorted(by_tags.values(), key=lambda members: (members.first[:2], members.tags))


def arranged(groups: Sequence[Members], limit: int = MOST_IMAGES) -> list[list[Members]]:
    """Choose the groups of each sheet: all on one if they fit, else one a sheet; small ones share sheets, undivided."""
    if sum(group.count for group in groups) <= limit:
        return [list(groups)]
    sheets: list[list[Members]] = []
    shared: list[Members] = []
    room = 0
    for group in groups:
        if group.count > min(SMALL, limit):
            sheets.append([group])
            continue
        if group.count > room:
            shared, room = [], limit
            sheets.append(shared)
        shared.append(group)
        room -= group.count
    return sheets[:MOST_SHEETS]


def size_of(shown: int, count: int) -> str:
    return f"{count:,}" if shown == count else f"the first {shown:,} of {count:,}"


def renders(count: int) -> str:
    return f"{count:,} render{'s' * (count != 1)}"
