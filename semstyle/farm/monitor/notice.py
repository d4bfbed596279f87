"""``--notify``: telling people of a run's first failure and of its end, through whatever service apprise knows.

An address is a secret, as most hold a token: no message, log or file has it, nor what a service answers.
"""

from __future__ import annotations

import logging
import os
import queue
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from semstyle.errors import SemstyleError
from semstyle.farm.attempt import Failed
from semstyle.farm.errors import FarmError
from semstyle.farm.monitor.status import Status
from semstyle.farm.rows.plan import Tally
from semstyle.storage import one_line

REFERENCE = "env:"
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
DEADLINE_SECONDS = 20.0
"""How long the end of a run waits for what is still to be delivered."""
LONGEST_TEXT = 1000
EXAMPLE = "such as mailto://…, slack://… or json://host:8080/path"
COUNTED = {
    "rendered": "rendered",
    "skipped": "there before",
    "failed": "failed",
    "failed_before": "failed before",
    "lost": "lost",
    "left": "left",
}
"""Attributes of a status or tally, and what they are called."""

Kind = Literal["info", "success", "warning", "failure"]


@dataclass(frozen=True)
class Message:
    """What people are told."""

    title: str
    body: str
    kind: Kind


Deliver = Callable[[Message], bool]
"""Hands a message to a service; returns whether the service took it."""


class Notices:
    """Tells of one run; a thread of its own does so, and nothing that goes wrong there matters to the run.

    Args:
        deliver: See :data:`Deliver`.
        about: What the messages are about, such as the run's output folder; without credentials.
        tells_run_end: Whether :meth:`run_ended` is told; whatever the run is a part of may tell of its own end.
    """

    def __init__(self, deliver: Deliver, about: str, tells_run_end: bool = True) -> None:
        self._deliver, self._about, self._tells_run_end = deliver, about, tells_run_end
        self._waiting: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._has_told_failure = self._has_ended = self._is_given_up = False
        self._lost = self._sent = 0
        self._thread: threading.Thread | None = None

    def row_failed(self, render_id: str, failed: Failed, tally: Tally) -> None:
        """Tell that a row has failed for good, if it is the first of this run."""
        if self._has_told_failure:
            return
        self._has_told_failure = True
        body = f"{render_id}: {failed.message} ({failed.kind}). So far: {counts_in(tally)}."
        self.tell(Message(f"semstyle: first failure in {self._about}", body, "warning"))

    def run_ended(self, status: Status) -> None:
        """Tell how the run has ended, with its counts."""
        if not self._tells_run_end:
            return
        is_good = status.state == "finished" and not (status.failed or status.failed_before or status.lost)
        why = f" {status.last_error}" if status.state == "failed" and status.last_error else ""
        kind: Kind = "success" if is_good else "warning" if status.state == "finished" else "failure"
        self.ended(Message(f"semstyle: {status.state}: {self._about}", f"{counts_in(status)}.{why}", kind))

    def ended(self, message: Message) -> None:
        """Tell of the end."""
        self._has_ended = True
        self.tell(message)

    def broken_off(self, error: SemstyleError) -> None:
        """Tell that it has come to an error, unless its end is told already."""
        if not self._has_ended:
            self.ended(Message(f"semstyle: failed: {self._about}", str(error), "failure"))

    def tell(self, message: Message) -> None:
        """Send a message soon; this waits for nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="notices", daemon=True)
            self._thread.start()
        self._sent += 1
        text = Message(one_line(message.title), one_line(message.body)[:LONGEST_TEXT], message.kind)
        self._waiting.put(text)

    def close(self) -> None:
        """Wait until everything is delivered, for so long as a deadline allows; warn on stderr of what was not."""
        if self._thread is None:
            return
        self._waiting.put(None)
        self._thread.join(DEADLINE_SECONDS)
        if self._thread.is_alive():
            self._is_given_up = True
            print(f"semstyle: --notify: no answer within {DEADLINE_SECONDS:g} s, given up", file=sys.stderr)
        elif self._lost:
            print(f"semstyle: --notify: {self._lost} of {self._sent} messages not delivered", file=sys.stderr)
        self._thread = None

    def _work(self) -> None:
        while (message := self._waiting.get()) is not None and not self._is_given_up:
            try:
                taken = self._deliver(message)
            except Exception:  # a service's own; its text may hold the address
                taken = False
            self._lost += not taken


def counts_in(counted: Status | Tally) -> str:
    """Write counts such as "12 rendered, 1 failed"."""
    found = {name: getattr(counted, attribute) for attribute, name in COUNTED.items()}
    told = [f"{count:,} {name}" for name, count in found.items() if count or name == "rendered"]
    return ", ".join(told)


@contextmanager
def notified(reference: str | None, about: str, tells_run_end: bool = True) -> Iterator[Notices | None]:
    """Give what tells people of a run, and wait at the end until they are told; None where nobody is to be.

    Args:
        reference: See :func:`open_delivery`.
        about, tells_run_end: See :class:`Notices`.

    Raises:
        FarmError: as :func:`open_delivery`, before anything is done.
    """
    if reference is None:
        yield None
        return
    notices = Notices(open_delivery(reference), about, tells_run_end)
    try:
        yield notices
    except SemstyleError as error:
        notices.broken_off(error)
        raise
    finally:
        notices.close()


def open_delivery(reference: str) -> Deliver:
    """Return what delivers to the address that ``--notify`` names: the address, or ``env:NAME`` of a variable with it.

    Raises:
        FarmError: when there is no such variable, apprise is not installed, or it does not know such an address. The
            message does not tell the address.
    """
    address = resolved(reference)
    try:
        import apprise
    except ImportError:
        raise FarmError("--notify: needs the package apprise; pip install 'semstyle[notify]'") from None
    logging.getLogger("apprise").disabled = True  # it names addresses
    service = apprise.Apprise()
    try:
        is_known = bool(service.add(address)) and len(service) > 0
    except Exception:
        is_known = False
    if not is_known:
        raise FarmError(f"--notify{named(reference)}: this is no address that apprise knows; give one {EXAMPLE}")

    def deliver(message: Message) -> bool:
        kind = apprise.NotifyType(message.kind)
        return bool(service.notify(message.body, message.title, kind, body_format=apprise.NotifyFormat.TEXT))

    return deliver


def resolved(reference: str) -> str:
    """Return the address that a reference leads to."""
    if not reference.startswith(REFERENCE):
        return reference
    name = reference.removeprefix(REFERENCE)
    if not VARIABLE.fullmatch(name):
        raise FarmError("--notify env:NAME: what follows env: is no name of a variable")
    if not (address := os.environ.get(name, "").strip()):
        raise FarmError(f"--notify {REFERENCE}{name}: this variable is not set here; export it first")
    return address


def named(reference: str) -> str:
    """Return a reference as a message may show it; an address never is."""
    return f" {reference}" if reference.startswith(REFERENCE) else ""
