"""A whole night, from a spec to ``latest``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from pydantic import BaseModel

from semstyle.dataset.nightly.latest import read_latest
from semstyle.dataset.nightly.order import NightOrder
from semstyle.dataset.nightly.state import NightStep
from semstyle.dataset.nightly.steps import MANIFEST, NightAtWork, begun_night, is_partial
from semstyle.farm import Status
from semstyle.farm.monitor.notice import Kind, Message
from semstyle.storage import redact

if TYPE_CHECKING:
    from semstyle.farm.driver.fleet import Perform
    from semstyle.farm.monitor.notice import Notices
    from semstyle.farm.monitor.progress import RunProgress

FINISHED, PROBLEMS, STOPPED = 0, 3, 130

Tell = Callable[[NightStep, str], None]
"""Hears of each step that has ended, in a line without credentials."""


class NightSummary(BaseModel):
    """How a night ended.

    Attributes:
        folder: Where it is, without credentials.
        steps: A line on each step that was come to.
        status: Of the night's last run.
        latest: The night that ``latest`` names now.
        exit_code: 0 all is good; 3 when rows failed, renders are damaged or missing, or a requirement is broken; 130
            when it was stopped.
    """

    night: date
    folder: str
    steps: dict[NightStep, str]
    status: Status
    latest: date | None
    exit_code: int

    @property
    def told(self) -> str:
        """The last step's line."""
        step = list(self.steps)[-1]
        return f"{step}: {self.steps[step]}"


def plan_night(order: NightOrder) -> str:
    """Begin a night and write its manifest, once: a spec that changes later waits for the next night.

    Returns:
        The manifest's URI.

    Raises:
        SemstyleError: when the spec is wrong, or something else is in the way.
    """
    begun_night(order).plan()
    return order.folder.location(MANIFEST)


def make_night(
    order: NightOrder,
    tell: Tell = lambda step, line: None,
    *,
    progress: RunProgress | None = None,
    perform: Perform | None = None,
    notices: Notices | None = None,
) -> NightSummary:
    """Make a night, or go on where it was left: every step may be cut short, and is done again without harm.

    The steps are: plan, render, verify, export, compare with the night before, let ``latest`` name this one, remove
    old ones. The first that is not as it should be is the last.

    Args:
        progress, perform: As :func:`semstyle.farm.run_manifest` takes them.
        notices: Tells people of the first failure and of the night's end.

    Raises:
        InputError, ManifestError: when the spec is wrong, or something else is in the way.
        FarmError: when the cluster cannot be reached, or another run goes on here meanwhile.
        StorageError: when storage gives out.
    """
    steps: dict[NightStep, str] = {}

    def told(step: NightStep, line: str) -> None:
        steps[step] = line
        tell(step, line)

    night = begun_night(order)
    told(NightStep.PLAN, night.plan())
    summary, line = night.render(progress, perform, notices)
    told(NightStep.RENDER, line)
    exit_code = summary.exit_code
    if summary.status.state == "finished" and not is_partial(summary, order):
        exit_code = max(exit_code, finish(night, order, told))
    found = NightSummary(
        night=order.date,
        folder=redact(order.folder.uri),
        steps=steps,
        status=summary.status,
        latest=read_latest(order.root),
        exit_code=exit_code,
    )
    if notices:
        word = "good" if exit_code == FINISHED else "stopped" if exit_code == STOPPED else "needs a look"
        kind: Kind = "success" if exit_code == FINISHED else "failure"
        notices.ended(Message(f"semstyle: night {order.date} {word}", f"{line}. {found.told}.", kind))
    return found


def finish(night: NightAtWork, order: NightOrder, tell: Tell) -> int:
    """Do what follows once everything is rendered; returns the exit code."""
    line, is_clean = night.verify()
    tell(NightStep.VERIFY, line)
    if not is_clean:
        return PROBLEMS
    line, is_whole = night.export()
    tell(NightStep.EXPORT, line)
    line, is_kept = night.compare()
    tell(NightStep.COMPARE, line)
    if not is_kept:
        return PROBLEMS
    tell(NightStep.LATEST, night.move_latest())
    if order.keep is not None:
        tell(NightStep.REMOVE, night.remove_old(order.keep))
    return FINISHED if is_whole else PROBLEMS
