"""Showing the progress of a run: a view on a terminal, plain lines in a log."""

from __future__ import annotations

import time
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.text import Text

from semstyle.farm.monitor.status import Status
from semstyle.farm.monitor.view import RunView, details, safe

LINE_SECONDS = 10.0
DRAWN_PER_SECOND = 2.0
STARTING = "starting Ray"


class RunProgress(Protocol):
    """Shows a run's status, of which it is told several times a second."""

    def show(self, status: Status) -> None: ...

    def close(self) -> None: ...


def run_progress(console: Console, first: str = STARTING) -> LiveView | ProgressLines:
    """Return the kind of progress that suits ``console``; a view shows ``first`` until it is told a status."""
    return LiveView(console, first) if can_redraw(console) else ProgressLines(console)


def can_redraw(console: Console) -> bool:
    """Whether ``console`` is a terminal on which lines can be written over."""
    return console.is_terminal and not console.is_dumb_terminal


class LiveView:
    """Draws the same lines again and again; above them stands why the run waits, and which nodes it avoids.

    What else is printed meanwhile appears above them, too.

    Args:
        first: What is shown until a status is.
        takes_stdout: Whether standard output goes to the terminal by way of this view while it is there.
    """

    def __init__(self, console: Console, first: str = STARTING, takes_stdout: bool = True) -> None:
        self._waits = False
        self._last: Status | None = None
        self._live = Live(
            Text(first), console=console, refresh_per_second=DRAWN_PER_SECOND, redirect_stdout=takes_stdout
        )
        self._live.start()

    def show(self, status: Status) -> None:
        if status.waits_for_storage and not self._waits:
            self.print(safe(status.last_error or ""))
        self._waits = status.waits_for_storage
        for line in news_of_nodes(status, self._last):
            self.print(safe(line))
        self._last = status
        self._live.update(RunView(status))

    def print(self, text: str) -> None:
        """Print lines above the view, as they are."""
        self._live.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Draw no more; what was drawn last stays there."""
        self._live.stop()


class ProgressLines:
    """Prints a line at each new state, failure, error and node that is avoided, and else every ten seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown_at = float("-inf")
        self._last: Status | None = None

    def show(self, status: Status) -> None:
        last = self._last
        for line in [*news_of_failures(status, last), *news_of_nodes(status, last)]:
            self._print(line)
        new_state = last is None or status.state != last.state
        if new_state or time.monotonic() - self._shown_at >= LINE_SECONDS:
            self._print(", ".join([f"{status.state}: {status.done:,} of {status.renders:,}", *details(status)]))
            self._shown_at = time.monotonic()
        self._last = status

    def close(self) -> None:
        return

    def _print(self, text: str) -> None:
        self._console.print(safe(text), markup=False, highlight=False, soft_wrap=True)


def news_of_failures(status: Status, last: Status | None) -> list[str]:
    """Return a line for each row that was given up since ``last``, the last few at most, and for another last error."""
    known = {(failure.render_id, failure.failed_at) for failure in last.last_failures} if last else set()
    new = [failure for failure in status.last_failures if (failure.render_id, failure.failed_at) not in known]
    lines = [f"{failure.render_id}: {failure.message}" for failure in reversed(new)]
    error = status.last_error
    if error and error != (last and last.last_error) and error not in lines and status.state != "failed":
        lines.append(error)  # else it is the command's own last line
    return lines


def news_of_nodes(status: Status, last: Status | None) -> list[str]:
    """Return a line for each node that is avoided since ``last``."""
    known = {found.node for found in last.avoided_nodes} if last else set()
    return [str(found) for found in status.avoided_nodes if found.node not in known]
