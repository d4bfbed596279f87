"""The rows of a manifest that are still to be rendered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from semstyle.farm.many_at_once import in_order
from semstyle.farm.output.ledger import Ledger, Standing
from semstyle.farm.rows.renewal import Renewal
from semstyle.manifest import BadRow, Row, clashing

LOOK_AHEAD = 1024
"""Rows that are put in order of their style, so that workers find the last style's features still warm, and of what
a batch shares."""

Met = tuple[Row | BadRow, Standing]
"""A row, and where its id stands."""


@dataclass
class Tally:
    """Rows by what became of them.

    Attributes:
        rows: In the manifest.
        duplicates: Rows whose id an earlier row has.
        skipped: Rendered before this run.
        rendered: By this run, or by another while this one ran.
        failed: Quarantined by this run.
        failed_before: In quarantine and not tried again.
        retries: Attempts after a row's first.
        lost: Skipped or rendered ones that are gone by the end.
        limit: Most rows that this run works on; None for all.
    """

    rows: int = 0
    duplicates: int = 0
    skipped: int = 0
    rendered: int = 0
    failed: int = 0
    failed_before: int = 0
    retries: int = 0
    lost: int = 0
    limit: int | None = None

    @property
    def renders(self) -> int:
        """Renders that the manifest asks for, as far as its rows have been read."""
        return self.rows - self.duplicates

    @property
    def left(self) -> int:
        """Renders that this run is still to make."""
        left = max(0, self.renders - self.skipped - self.rendered - self.failed - self.failed_before)
        return left if self.limit is None else min(left, max(0, self.limit - self.rendered - self.failed))


def pending(
    rows: Iterable[Row | BadRow], ledger: Ledger, tally: Tally, retry_failed: bool, renewal: Renewal | None = None
) -> Iterator[Row | BadRow]:
    """The rows to work on, alike ones together within each :data:`LOOK_AHEAD`; ``tally`` counts what is left out.

    Of more than the tally's limit the first come, in the order of the manifest.

    Args:
        renewal: Finds those that are there and to be made again; none when None.
    """
    every = met(rows, ledger)
    if renewal is not None and renewal.is_wanted:
        every = renewed(every, renewal)
    wanted = islice((row for row, standing in every if is_wanted(standing, tally, retry_failed)), tally.limit)
    while batch := list(islice(wanted, LOOK_AHEAD)):
        yield from sorted(batch, key=likeness)


def met(rows: Iterable[Row | BadRow], ledger: Ledger) -> Iterator[Met]:
    """Each row, and where its id stands; one whose id is another's comes as a bad row, under an id of its own."""
    for row in rows:
        standing = ledger.meet(row.render_id, row.content_id)
        if standing is Standing.CLASH:
            row = clashing(row)
            standing = ledger.meet(row.render_id, row.content_id)
        yield row, standing


def renewed(met: Iterable[Met], renewal: Renewal) -> Iterator[Met]:
    """The same, but that what is to be rendered again is new."""

    def look(one: Met) -> Met:
        row, standing = one
        is_due = standing is Standing.COMMITTED and isinstance(row, Row) and renewal.is_due(row)
        return row, Standing.NEW if is_due else standing

    return in_order(look, met)


def is_wanted(standing: Standing, tally: Tally, retry_failed: bool) -> bool:
    match standing:
        case Standing.DUPLICATE:
            tally.duplicates += 1
        case Standing.COMMITTED:
            tally.skipped += 1
        case Standing.FAILED if not retry_failed:
            tally.failed_before += 1
        case _:
            return True
    return False


def likeness(row: Row | BadRow) -> tuple[str, ...]:
    """A sort key: the style, then what must be the same for renders to share a batch, as far as the row alone says."""
    if isinstance(row, BadRow):
        return ()
    parameters = row.parameters
    shape = (parameters.size, parameters.aspect, parameters.phases)
    return (" ".join(row.styles), *map(str, parameters.batch_key(shape)))
