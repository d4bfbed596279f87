"""The drivers of a soak: real ``semstyle run`` programs, one after the other, of one command."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

from programs import environment, semstyle
from soak_events import EventCounts
from status_truth import DriverLife

MOST_ATTEMPTS = 8
"""Workers that are killed count as attempts; none of the rows should be given up for that."""
GRACE_SECONDS = 30
END_SECONDS = 120


class Drivers:
    """Starts a driver, kills it, and starts the same command again.

    Args:
        folder: Where their output and logs go.

    Attributes:
        lives: When each began and ended.
        events: What each has logged.
    """

    def __init__(self, manifest: Path, out: str, address: str, folder: Path) -> None:
        self._command = semstyle("run", str(manifest), "-o", out, "--address", address, "--cpus-per-render", "1")
        self._command += ["--max-attempts", str(MOST_ATTEMPTS), "--grace", str(GRACE_SECONDS)]
        self._folder = folder
        for former in folder.glob("driver*.*"):
            former.unlink()
        self._process: subprocess.Popen[bytes] | None = None
        self.lives: list[DriverLife] = []
        self.events: list[EventCounts] = []

    @property
    def pid(self) -> int | None:
        """Of the one that lives."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def exit_code(self) -> int | None:
        """Of the last one; None while it lives."""
        return self._process.poll() if self._process else None

    @property
    def settled(self) -> int:
        """Rows that are committed or given up, by all of them."""
        return sum(events.settled for events in list(self.events))

    def log(self, number: int) -> Path:
        return self._folder / f"driver{number}.log"

    def start(self) -> None:
        number = len(self.lives)
        events = self._folder / f"driver{number}.jsonl"
        with self.log(number).open("wb") as output:
            self.lives.append(DriverLife(time.time()))
            self.events.append(EventCounts(events))
            self._process = subprocess.Popen(
                [*self._command, "--log", str(events)],
                cwd=self._folder,
                env=environment(RAY_AUTH_MODE="disabled"),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def note_end(self) -> None:
        """Note when the last one has ended by itself."""
        if self._process and self._process.poll() is not None and self.lives[-1].ended_at == float("inf"):
            self.lives[-1].ended_at = time.time()

    def kill(self) -> None:
        """``kill -9``, as a machine that loses power."""
        assert self._process is not None
        self.lives[-1].is_killed = self._process.poll() is None
        self.lives[-1].ended_at = time.time()
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """SIGTERM, and wait for the end."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(GRACE_SECONDS + END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self.note_end()

    def last_words(self) -> str:
        """The end of what the last one has printed."""
        return self.log(len(self.lives) - 1).read_text(errors="replace")[-2000:]
