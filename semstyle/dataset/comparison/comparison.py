"""Comparing two nights, from their folders to what is told of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from pydantic import BaseModel

from semstyle.dataset.comparison.changed_images import ImageChanges, image_changes
from semstyle.dataset.comparison.changed_settings import check_names
from semstyle.dataset.comparison.differences import Difference, Split, differences_of, splits_of
from semstyle.dataset.comparison.failures import FailureChanges, failure_changes
from semstyle.dataset.comparison.matching import Match, Matching, match
from semstyle.dataset.comparison.night import Night, read_night
from semstyle.dataset.comparison.provenance import OriginChange, origin_changes
from semstyle.dataset.comparison.requirements import Requirements, Verdict, verdicts_of
from semstyle.errors import InputError
from semstyle.storage import one_line, redact

MOST_IMAGES = 200
MOST_IDS = 20
MOST_CHANGES = 5


class SettingChange(BaseModel):
    """A parameter or tag that differs within pairs.

    Attributes:
        pairs: In how many pairs.
        values: The most frequent values, as ``before → after``.
    """

    name: str
    pairs: int
    values: list[str]


class Pairing(BaseModel):
    """How renders were paired.

    Attributes:
        by_id: How many pairs have the same id.
        by_inputs: How many were paired by inputs and settings.
        other_files: How many pairs were made from input files of other content.
        only_before: How many renders before have no partner; ``first_only_before`` names some.
        missing: How many of these did not fail after either: nothing is known of them there.
        remarks: Why renders have no partner, a line each.
    """

    pairs: int
    by_id: int
    by_inputs: int
    other_files: int
    only_before: int
    only_after: int
    missing: int
    first_only_before: list[str]
    first_only_after: list[str]
    changed: list[SettingChange]
    remarks: list[str]


class Comparison(BaseModel):
    """Everything that is told of two nights; no text in it holds credentials or control characters.

    Attributes:
        before: Where the first night is.
        after: Where the second is.
        differences: Of all pairs.
        splits: By method and parameter.
        verdicts: One for each requirement.
    """

    before: str
    after: str
    renders_before: int
    renders_after: int
    pairing: Pairing
    differences: list[Difference]
    splits: list[Split]
    images: ImageChanges
    failures: FailureChanges
    provenance: list[OriginChange]
    verdicts: list[Verdict]

    @property
    def is_broken(self) -> bool:
        """Whether a requirement is broken."""
        return any(verdict.is_broken for verdict in self.verdicts)

    @property
    def is_unchanged(self) -> bool:
        """Whether all pairs have the same images, and nothing came or went."""
        pairing, failures = self.pairing, self.failures
        came_or_went = pairing.only_before or pairing.only_after or failures.new_count or failures.gone_count
        return not (came_or_went or self.images.differing)


def compare_nights(
    before_uri: str,
    after_uri: str,
    by: Match = Match.AUTO,
    across: Collection[str] = (),
    requirements: Requirements | None = None,
    most_images: int = MOST_IMAGES,
) -> Comparison:
    """Compare two output folders, render by render.

    Args:
        by: By what renders are paired.
        across: Settings, such as ``semantic_weight`` or ``tags.night``, that differ as a whole though the nights share
            values of them. Pairs are then made by inputs alone.
        most_images: How many changed images are decoded.

    Raises:
        InputError: when nothing can be compared, or ``across`` names what is not known.
        FarmError: when there is no run, or a record is damaged.
        StorageError: when something cannot be read.
    """
    if across and by is Match.ID:
        raise InputError("--across: renders of the same id are paired whatever differs; leave out --match id")
    before, after = read_night(before_uri), read_night(after_uri)
    check_names(across, [*before.renders, *after.renders])
    matching = match(before.renders, after.renders, Match.INPUTS if across else by, across)
    if not matching.pairs:
        raise InputError(nothing_in_common(before, after, matching, by))
    differences = differences_of(matching.pairs)
    failures = failure_changes(before.failures, after.failures)
    pairing = pairing_of(matching, after)
    return Comparison(
        before=redact(before.folder.uri),
        after=redact(after.folder.uri),
        renders_before=len(before.renders),
        renders_after=len(after.renders),
        pairing=pairing,
        differences=differences,
        splits=splits_of(matching.pairs),
        images=image_changes(before.folder, after.folder, matching.pairs, most_images),
        failures=failures,
        provenance=origin_changes(before.origins, after.origins),
        verdicts=verdicts_of(requirements or Requirements(), differences, failures.new_count, pairing.missing),
    )


def nothing_in_common(before: Night, after: Night, matching: Matching, by: Match) -> str:
    """Say why there is no pair."""
    told = (
        f"{redact(before.folder.uri)} and {redact(after.folder.uri)}: no render of the one belongs to one of the other"
    )
    if matching.remarks:
        return f"{told}; {matching.remarks[0]}"
    if by is Match.ID:
        return f"{told}: their ids differ; try --match inputs"
    return f"{told}: they have neither ids nor input files and settings in common; --across NAME pairs across a setting"


def pairing_of(matching: Matching, after: Night) -> Pairing:
    failed = {row.render_id for row in after.failures}
    pairs = matching.pairs
    return Pairing(
        pairs=len(pairs),
        by_id=matching.by_id,
        by_inputs=len(pairs) - matching.by_id,
        other_files=sum(
            pair.before.digests is not None
            and pair.after.digests is not None
            and pair.before.digests != pair.after.digests
            for pair in pairs
        ),
        only_before=len(matching.only_before),
        only_after=len(matching.only_after),
        missing=sum(render.render_id not in failed for render in matching.only_before),
        first_only_before=[one_line(render.render_id) for render in matching.only_before[:MOST_IDS]],
        first_only_after=[one_line(render.render_id) for render in matching.only_after[:MOST_IDS]],
        changed=setting_changes(matching),
        remarks=[one_line(remark) for remark in matching.remarks],
    )


def setting_changes(matching: Matching) -> list[SettingChange]:
    """Return what differs within pairs, in the order of names, each with its most frequent values."""
    by_name: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for (name, before, after), count in matching.changed.items():
        by_name[name].append((count, f"{before} → {after}"))
    return [
        SettingChange(
            name=one_line(name),
            pairs=sum(count for count, _ in found),
            values=[told for _, told in sorted(found, key=lambda one: (-one[0], one[1]))[:MOST_CHANGES]],
        )
        for name, found in sorted(by_name.items())
    ]
