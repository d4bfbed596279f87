"""Planning which rows of a manifest are to be rendered, and in which order."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from semstyle.farm.many_at_once import in_order
from semstyle.farm.output.ledger import Ledger, Standing
from semstyle.farm.rows.renewal import Renewal
from semstyle.farm.rows.retrial import Retrial
from semstyle.farm.rows.workload import Workload
from semstyle.manifest import BadRow, Row, clashing

LOOK_AHEAD = 1024
"""How many rows at a time are sorted: long ones first, so that none is left alone at the end; then by their style, so
that workers still have the last style's features, and by what the renders of a batch share."""

Met = tuple[Row | BadRow, Standing]
"""A row, and how its id stands in the ledger."""


@dataclass
class Tally:
    """Counts rows by what became of them.

    Attributes:
        rows: Rows in the manifest.
        duplicates: Rows whose id an earlier row has.
        skipped: Rows that were rendered before this run.
        rendered: Rows rendered by this run, or by another while this one ran.
        failed: Rows that this run has put into quarantine.
        failed_before: Rows that were in quarantine and were not tried again.
        retries: Attempts after the first of their row.
        lost: Rows that were skipped or rendered, and whose render is gone by the end.
        limit: Most rows that this run works on; None for all.
        workload: Knows how long the rows are estimated to take.
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
    workload: Workload = field(default_factory=Workload, compare=False, repr=False)

    @property
    def renders(self) -> int:
        """How many renders the manifest asks for, as far as its rows have been read."""
        return self.rows - self.duplicates

    @property
    def left(self) -> int:
        """How many renders this run is still to make."""
        left = max(0, self.renders - self.skipped - self.rendered - self.failed - self.failed_before)
        return left if self.limit is None else min(left, max(0, self.limit - self.rendered - self.failed))


def pending(
    rows: Iterable[Row | BadRow],
    ledger: Ledger,
    tally: Tally,
    retry_failed: bool,
    renewal: Renewal | None = None,
    retrial: Retrial | None = None,
) -> Iterator[Row | BadRow]:
    """Yield the rows to work on; of one priority long ones come first, and alike ones together, of each ``LOOK_AHEAD``.

    The tally counts what is left out. If there are more rows than its limit, the first ones are taken.

    Args:
        rows: Those of higher priority first.
        retry_failed: Whether all rows in quarantine are tried again.
        renewal: Finds renders that are there and are to be made again; None finds none.
        retrial: Finds rows in quarantine that are tried again where not all are; None finds none.
    """
    every = met(rows, ledger)
    if renewal is not None and renewal.is_wanted:
        every = renewed(every, renewal)
    if retrial is not None and retrial.is_wanted and not retry_failed:
        every = retried(every, retrial)
    wanted = islice((row for row, standing in every if is_wanted(standing, tally, retry_failed)), tally.limit)
    while batch := list(islice(wanted, LOOK_AHEAD)):
        tally.workload.add(batch)
        yield from sorted(sorted(batch, key=partial(launch_order, tally.workload)), key=urgency)


def met(rows: Iterable[Row | BadRow], ledger: Ledger) -> Iterator[Met]:
    """Yield each row and how its id stands; a row with another's id comes as a bad row, under an id of its own."""
    for row in rows:
        standing = ledger.meet(row.render_id, row.content_id)
        if standing is Standing.CLASH:
            row = clashing(row)
            standing = ledger.meet(row.render_id, row.content_id)
        yield row, standing


def renewed(met: Iterable[Met], renewal: Renewal) -> Iterator[Met]:
    """Yield the rows of ``met``, but let those that are to be rendered again stand as new."""

    def look(one: Met) -> Met:
        row, standing = one
        is_due = standing is Standing.COMMITTED and isinstance(row, Row) and renewal.is_due(row)
        return row, Standing.NEW if is_due else standing

    return in_order(look, met)


def retried(met: Iterable[Met], retrial: Retrial) -> Iterator[Met]:
    """Yield the rows of ``met``, but let those in quarantine that are to be tried again stand as new."""

    def look(one: Met) -> Met:
        row, standing = one
        is_due = standing is Standing.FAILED and retrial.is_due(row.render_id)
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


def urgency(row: Row | BadRow) -> float:
    """Return a key to sort rows by: rows that cannot be rendered, which take no time, then the highest priority."""
    return -row.priority if isinstance(row, Row) else -math.inf


def launch_order(workload: Workload, row: Row | BadRow) -> tuple[float, tuple[str, ...], float]:
    """Return a key to sort rows by: those about twice as long first, then alike ones, then the longer of these.

    It does not depend on where a row stands, so that a run which is continued has the same order.
    """
    seconds = workload.estimated(row)
    octave = round(math.log2(seconds)) if seconds else math.inf
    return -octave, likeness(row), -seconds


def likeness(row: Row | BadRow) -> tuple[str, ...]:
    """Return a key to sort rows by: the style, then what renders of one batch must share, as far as the row says."""
    if isinstance(row, BadRow):
        return ()
    parameters = row.parameters
    shape = (parameters.size, parameters.aspect, parameters.phases)
    return (" ".join(row.styles), *map(str, parameters.batch_key(shape)))
