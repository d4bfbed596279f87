"""Rows that failed in one night and not in the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from semstyle.farm.many_at_once import in_order
from semstyle.farm.output.failures import UNREADABLE, Failure
from semstyle.farm.output.layout import failed_ids, failure_path
from semstyle.storage import Folder, MissingObjectError, one_line

MOST_TOLD = 100
LONGEST_MESSAGE = 500


class FailedRow(BaseModel, frozen=True):
    """A row in quarantine; no text in it holds credentials."""

    render_id: str
    failure_class: str
    message: str


class FailureChanges(BaseModel):
    """Failures before and after.

    Attributes:
        new: The first hundred of the new ones.
        gone: The first hundred of those that are gone.
    """

    before: int
    after: int
    new_count: int
    gone_count: int
    new: list[FailedRow]
    gone: list[FailedRow]


@dataclass(frozen=True)
class FailureTold:
    """By what a failure is known again when the row's id is another: its class and message."""

    failure_class: str
    message: str


def read_failed_rows(folder: Folder, rendered: Collection[str]) -> list[FailedRow]:
    """Read the rows in quarantine, by id; those that are rendered after all are left out."""

    def read(render_id: str) -> FailedRow | None:
        try:
            failure = Failure.model_validate_json(folder.read(failure_path(render_id)))
        except MissingObjectError:
            return None
        except ValidationError:  # a power cut may leave a part of one
            return FailedRow(render_id=render_id, failure_class=UNREADABLE, message="its file is not readable")
        message = one_line(failure.message)[:LONGEST_MESSAGE]
        return FailedRow(render_id=render_id, failure_class=str(failure.failure_class), message=message)

    failed = sorted(render_id for render_id in failed_ids(folder) if render_id not in rendered)
    return [row for row in in_order(read, failed) if row is not None]


def failure_changes(before: Sequence[FailedRow], after: Sequence[FailedRow]) -> FailureChanges:
    """Tell new failures from old ones.

    A failure is known again by its row's id, or, where another parameter has given the rows other ids, by its class
    and message; each failure before is the like of one after at most.
    """
    gone, new = unlike(before, after), unlike(after, before)
    return FailureChanges(
        before=len(before),
        after=len(after),
        new_count=len(new),
        gone_count=len(gone),
        new=new[:MOST_TOLD],
        gone=gone[:MOST_TOLD],
    )


def unlike(rows: Sequence[FailedRow], others: Sequence[FailedRow]) -> list[FailedRow]:
    """Return those of ``rows`` that have no like among ``others``."""
    ids, other_ids = ({row.render_id for row in side} for side in (rows, others))
    words = Counter(FailureTold(row.failure_class, row.message) for row in others if row.render_id not in ids)
    left = []
    for row in rows:
        if row.render_id in other_ids:
            continue
        told = FailureTold(row.failure_class, row.message)
        if words[told]:
            words[told] -= 1
        else:
            left.append(row)
    return left
