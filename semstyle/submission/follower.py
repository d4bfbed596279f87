"""Following a job's log over connections that break."""

from __future__ import annotations

import asyncio
import queue
import random
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from semstyle.submission.errors import HeadSilentError, SubmissionError
from semstyle.submission.job_state import JobState

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
QUIET_SECONDS = 120.0
"""A run writes a line every ten seconds; a connection that is still for so long is made anew."""


@dataclass(frozen=True)
class Lines:
    """Whole lines of the log that were not told before."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Silence:
    """The head does not answer; it is asked again."""

    reason: str


@dataclass(frozen=True)
class Answer:
    """The head answers again."""


@dataclass(frozen=True)
class Over:
    """The job is over, and its whole log was told."""

    job: JobState


Event = Lines | Silence | Answer | Over


class LogSource(Protocol):
    """What a :class:`Follower` asks; see :class:`semstyle.submission.head.Head`."""

    def job(self, job_id: str) -> JobState: ...

    def log(self, job_id: str) -> str: ...

    def followed_log(self, job_id: str, quiet_seconds: float) -> AsyncIterator[str]: ...


class Follower:
    """Follows a job from a thread of its own, and puts what happens into ``events``.

    Ray tells a log from its beginning on every connection. So letters are counted, and those that were told are
    skipped: after a break no line is repeated, and none is missing.
    """

    def __init__(self, source: LogSource, job_id: str, quiet_seconds: float = QUIET_SECONDS) -> None:
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._source, self._job_id, self._quiet_seconds = source, job_id, quiet_seconds
        self._told = 0
        self._begun_line = ""
        self._is_silent = False
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="job-log", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def leave(self) -> None:
        """Follow no further; the job goes on."""
        self._left.set()

    def _follow(self) -> None:
        pauses = back_off()
        while not self._left.is_set():
            told = self._told
            try:
                asyncio.run(self._read())
                job = self._source.job(self._job_id)
                self._hear()
                if job.is_over:
                    self._finish(job)
                    return
            except SubmissionError as error:
                self._is_silent = True
                self.events.put(Silence(str(error)))
            if self._told > told:
                pauses = back_off()
            self._left.wait(next(pauses))

    async def _read(self) -> None:
        place = 0
        async with aclosing(self._source.followed_log(self._job_id, self._quiet_seconds)) as chunks:  # type: ignore[type-var]
            async for chunk in chunks:
                self._hear()
                self._tell(chunk[max(0, self._told - place) :])
                place += len(chunk)
                if self._left.is_set():
                    return

    def _finish(self, job: JobState) -> None:
        """Tell what a connection that was closed too early has not told."""
        try:
            self._tell(self._source.log(self._job_id)[self._told :])
        except HeadSilentError:
            raise
        except SubmissionError:  # the log is gone with its node
            pass
        if self._begun_line:
            self.events.put(Lines((self._begun_line,)))
        self.events.put(Over(job))

    def _tell(self, text: str) -> None:
        self._told += len(text)
        *lines, self._begun_line = (self._begun_line + text).split("\n")
        if lines:
            self.events.put(Lines(tuple(lines)))

    def _hear(self) -> None:
        if self._is_silent:
            self._is_silent = False
            self.events.put(Answer())


def back_off() -> Iterator[float]:
    """Yield seconds to wait before each further try: twice as long each time up to ``LONGEST_PAUSE``, scattered."""
    pause = FIRST_PAUSE
    while True:
        yield pause * random.uniform(0.5, 1)
        pause = min(2 * pause, LONGEST_PAUSE)
