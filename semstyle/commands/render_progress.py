"""How a single render is doing: a bar on a terminal, a line a phase in a log; and its end by Ctrl-C."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

if TYPE_CHECKING:
    from semstyle.engine import Progress


class RenderProgress:
    """Give :meth:`step` to ``render`` as ``on_step``. While open, SIGINT and SIGTERM end the render at its next step;
    a second one ends the program at once.
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

    def __enter__(self) -> RenderProgress:
        self._before = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def step(self, progress: Progress) -> bool:
        """Show one evaluation; False once a stop was asked for."""
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
        if (
            not self.console.is_terminal
            and progress.evaluations_done * progress.phases % progress.evaluations_planned == 0
        ):
            self.console.print(
                f"phase {phase} done at {row.width}x{row.height}, loss {row.loss:.4g}, "
                f"{duration(progress.seconds_left)} left",
                highlight=False,
            )
        return not self.stopping

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.stopping:
            raise KeyboardInterrupt
        self.stopping = True


def duration(seconds: float) -> str:
    """``9 s``, ``1:05``, ``2:00:00``."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}" if minutes else f"{rest} s"
