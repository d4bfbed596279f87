"""Showing how a single render is doing, as a bar on a terminal or a line for each phase in a log, and ending it."""

from __future__ import annotations

import signal
import time
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

from semstyle.interrupts import heeded

if TYPE_CHECKING:
    from semstyle.engine import Progress


ONE_WISH_SECONDS = 3.0
"""A second Ctrl-C within this time is not taken for another wish, but for doubt whether the first was heard."""


class RenderProgress:
    """Shows progress, and ends the render on a signal. Give :meth:`step` to ``render`` as ``on_step``.

    From :meth:`begin` until this context ends, SIGINT, SIGTERM and SIGHUP end the render at its next step; another
    signal some seconds later ends the program at once.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self.stopping = False
        self._bar = Bar(
            TextColumn("phase {task.fields[phase]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]}"),
            TextColumn("{task.fields[left]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("render", total=None, phase="…", loss="…", left="loading")
        self._before: dict[int, Any] = {}
        self._has_begun = False
        self._asked_at = 0.0

    def __enter__(self) -> RenderProgress:
        self._before = {number: signal.signal(number, self._stop) for number in heeded()}
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def begin(self) -> None:
        """Note that from now on there is an image to save."""
        self._has_begun = True

    def step(self, progress: Progress) -> bool:
        """Show one evaluation; returns False once a stop was asked for."""
        row = progress.evaluation
        phase = f"{row.phase}/{progress.phases}"
        self._bar.update(
            self._task,
            completed=progress.evaluations_done,
            total=progress.evaluations_planned,
            phase=phase,
            loss=f"{row.loss:.4g}",
            left=f"{duration(progress.seconds_left)} left",
        )
        if not self.console.is_terminal and progress.ends_phase:
            self.console.print(
                f"phase {phase} done at {row.width}x{row.height}, loss {row.loss:.4g}, "
                f"{duration(progress.seconds_left)} left",
                highlight=False,
            )
        return not self.stopping

    def _stop(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self._has_begun or (self.stopping and now - self._asked_at > ONE_WISH_SECONDS):
            raise KeyboardInterrupt
        if not self.stopping:
            self.stopping, self._asked_at = True, now


def duration(seconds: float) -> str:
    """Write seconds as in ``9 s``, ``1:05`` or ``2:00:00``."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}" if minutes else f"{rest} s"
