"""Renders that were committed and are gone by the end of their run: their folder was moved, emptied or restored."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semstyle.farm.layout import committed_ids, failed_ids, failure_path, image_ids
from semstyle.storage import Folder

if TYPE_CHECKING:
    from semstyle.farm.accounts import Accounts


@dataclass(frozen=True)
class Lost:
    """How many renders are gone, and the ids of the first."""

    count: int = 0
    ids: Sequence[str] = ()

    def __add__(self, other: Lost) -> Lost:
        return Lost(self.count + other.count, (*self.ids, *other.ids))


def find_lost(folder: Folder, accounts: Accounts, gone: Collection[str] = frozenset()) -> Lost:
    """Compare what this run has committed, or met as committed, with what ``folder`` has; tell each that it has not.

    A render is there when both its record and its image are. What is lost is for the next run to render, so no
    failure from before may stay in its way.

    Args:
        gone: Ids of records that are listed and cannot be read.
    """
    ledger, tally, journal = accounts.ledger, accounts.tally, accounts.journal
    recorded = (render_id for render_id in committed_ids(folder) if render_id not in gone)
    for render_id in ledger.lost(recorded, image_ids(folder)):
        tally.lost += 1
        journal.lost(render_id)
    for render_id in list(failed_ids(folder)) if tally.lost else ():
        if ledger.has_lost(render_id):
            folder.delete(failure_path(render_id))
    return Lost(tally.lost, journal.highlights.lost)
