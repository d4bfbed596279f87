"""Finding, at the end of a run, the renders that were committed and are gone."""

from __future__ import annotations

from collections.abc import Collection

from semstyle.farm.driver.accounts import Accounts
from semstyle.farm.output.layout import committed_ids, failed_ids, failure_path, image_ids
from semstyle.farm.output.lost_renders import Lost
from semstyle.storage import Folder


def find_lost(folder: Folder, accounts: Accounts, gone: Collection[str] = frozenset()) -> Lost:
    """Find the renders that this run has committed, or met as committed, and that ``folder`` does not have any more.

    A render is there when both its record and its image are. The next run renders what is lost, so a failure from
    before, which would keep it from that, is removed.

    Args:
        gone: Ids of records that are listed but cannot be read.
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
