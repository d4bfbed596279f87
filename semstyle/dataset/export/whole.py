"""What the parts of a data set come to, for the documents that describe it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from semstyle.dataset.export.commit import SplitCounts
from semstyle.dataset.export.damage import Damaged
from semstyle.dataset.export.described.distributions import Distribution, LicenseCount, distributions_of, licenses_in
from semstyle.dataset.export.formats.part import WrittenFile, WrittenPart, joined_suffixes
from semstyle.dataset.export.options import SPLITS
from semstyle.dataset.export.plan import ExportPlan, Planned


@dataclass(frozen=True)
class Whole:
    """Everything that is in a data set, counted after its images were checked.

    Attributes:
        renders: Those that are in it.
        files: Its data files, in the order of their paths.
        suffixes: The ends of its images' names.
        splits: Those that have renders.
    """

    plan: ExportPlan
    renders: Sequence[Planned]
    damaged: Sequence[Damaged]
    files: Sequence[WrittenFile]
    suffixes: Sequence[str]
    splits: Mapping[str, SplitCounts]
    distributions: Sequence[Distribution]
    licenses: Sequence[LicenseCount]

    @property
    def size(self) -> int:
        return sum(split.size for split in self.splits.values())

    def files_of(self, split: str) -> list[WrittenFile]:
        return [file for file in self.files if file.path.removeprefix("data/").startswith((f"{split}-", f"{split}/"))]


def whole_of(plan: ExportPlan, parts: Sequence[WrittenPart]) -> Whole:
    """Add up the parts of a data set."""
    damaged = [one for part in parts for one in part.damaged]
    gone = {one.render_id for one in damaged}
    renders = [render for render in plan.renders if render.render_id not in gone]
    groups: dict[str, set[str]] = {split: set() for split in SPLITS}
    for render in renders:
        groups[render.split].add(render.group)
    counts = {
        split: SplitCounts(
            renders=sum(part.renders for part in parts if part.split == split),
            groups=len(groups[split]),
            size=sum(file.size for part in parts if part.split == split for file in part.files),
        )
        for split in SPLITS
    }
    return Whole(
        plan,
        renders,
        damaged,
        sorted((file for part in parts for file in part.files), key=lambda file: file.path),
        joined_suffixes(parts),
        {split: count for split, count in counts.items() if count.renders},
        list(distributions_of(renders)),
        licenses_in(renders),
    )
