"""How a submitted job's run is doing, below its log on a terminal."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from rich.console import Console

from semstyle.farm.monitor.progress import LiveView, can_redraw
from semstyle.storage import StorageError
from semstyle.submission.watch import Submitted

LOOK_SECONDS = 2.0
FIRST = "waiting for the cluster to begin"


class JobView:
    """Shows the status in the job's output folder, read every two seconds in a thread; it is drawn on stderr.

    Storage that does not answer changes nothing.
    """

    def __init__(self, submitted: Submitted) -> None:
        self._submitted = submitted
        self._view = new_view()
        self._is_over = threading.Event()
        threading.Thread(target=self._watch, name="job-view", daemon=True).start()

    def print(self, text: str) -> None:
        """Print lines above the view."""
        self._view.print(text)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Within this context nothing is drawn, so that the user can be asked something."""
        self._view.close()
        try:
            yield
        finally:
            self._view = new_view()

    def close(self) -> None:
        """Show the last status, and draw no more."""
        self._is_over.set()
        self._look()
        self._view.close()

    def _watch(self) -> None:
        while not self._is_over.wait(LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        with contextlib.suppress(StorageError):
            if (status := self._submitted.traces().status) is not None:
                self._view.show(status)


def new_view() -> LiveView:
    return LiveView(Console(stderr=True), FIRST, takes_stdout=False)


def job_view(submitted: Submitted) -> JobView | None:
    """Return a view of a job; None where stderr is no terminal that can show one."""
    return JobView(submitted) if can_redraw(Console(stderr=True)) else None
