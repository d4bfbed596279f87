"""Showing the progress of a run: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from semstyle.farm.monitor.status import Status

LINE_SECONDS = 10.0


class RunProgress(Protocol):
    """Shows a run's status, of which it is told several times a second."""

    def show(self, status: Status) -> None: ...

    def close(self) -> None: ...


def run_progress(console: Console) -> RunProgress:
    """Return the kind of progress that suits ``console``."""
    return ProgressBar(console) if console.is_terminal else ProgressLines(console)


class ProgressBar:
    """Draws one line again and again; above it stands why the run waits, when it does, and which nodes it avoids."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            TextColumn("{task.fields[detail]}"),
            console=console,
            expand=True,
        )
        self._waits = False
        self._last: Status | None = None
        self._task = self._bar.add_task("starting Ray", total=None, detail="")
        self._bar.start()

    def show(self, status: Status) -> None:
        if status.waits_for_storage and not self._waits:
            self._bar.console.print(status.last_error, markup=False, highlight=False, soft_wrap=True)
        self._waits = status.waits_for_storage
        for line in news_of_nodes(status, self._last):
            self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
        self._last = status
        self._bar.update(
            self._task,
            description=f"{status.state}: {status.done:,} of {status.renders:,}",
            total=status.renders,
            completed=status.done,
            detail=escape(", ".join(details(status))),
        )

    def close(self) -> None:
        self._bar.stop()


class ProgressLines:
    """Prints a line every ten seconds while something changes, at each new state, error and node that is avoided."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown_at = float("-inf")
        self._last: Status | None = None

    def show(self, status: Status) -> None:
        last = self._last
        is_new = status.last_error and (last is None or status.last_error != last.last_error)
        if is_new and status.state != "failed":  # then it is the command's own last line
            self._print(status.last_error or "")
        for line in news_of_nodes(status, last):
            self._print(line)
        new_state = last is None or status.state != last.state
        if new_state or time.monotonic() - self._shown_at >= LINE_SECONDS:
            self._print(", ".join([f"{status.state}: {status.done:,} of {status.renders:,}", *details(status)]))
            self._shown_at = time.monotonic()
        self._last = status

    def close(self) -> None:
        return

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def news_of_nodes(status: Status, last: Status | None) -> list[str]:
    """Return a line for each node that is avoided since ``last``."""
    known = {found.node for found in last.avoided_nodes} if last else set()
    return [str(found) for found in status.avoided_nodes if found.node not in known]


def details(status: Status) -> list[str]:
    """Say what there is to say besides how many renders are done."""
    failed = status.failed + status.failed_before
    parts = ["waiting for storage"] if status.waits_for_storage else []
    parts += [f"{status.running} in flight"] if status.running else []
    parts += [f"{failed:,} failed"] if failed else []
    parts += [f"{status.lost:,} lost"] if status.lost else []
    parts += [f"{status.retries:,} tried again"] if status.retries else []
    avoided = len(status.avoided_nodes)
    parts += [f"avoids {avoided} node{'' if avoided == 1 else 's'}"] if avoided else []
    parts += [f"{status.per_minute:.1f} a minute"] if status.per_minute else []
    parts += [f"{timedelta(seconds=round(status.eta_seconds))} left"] if status.eta_seconds else []
    return parts
