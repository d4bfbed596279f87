"""Watching a job until it is over: its log while the head answers, its output folder while it does not."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from semstyle.storage import Folder, StorageError
from semstyle.submission.errors import SubmissionError
from semstyle.submission.follower import Answer, Event, Follower, Lines, Over, Silence
from semstyle.submission.job_state import GONE, JobState
from semstyle.submission.outcome import LOST, STOPPED, Outcome, Traces, outcome, read_traces

Choice = Literal["stop", "detach"]


class Show(Protocol):
    """Tells the user what happens."""

    def lines(self, lines: Sequence[str]) -> None:
        """Show lines of the job's log."""

    def note(self, text: str) -> None:
        """Say something that is not from the job's log."""


@dataclass(frozen=True)
class WaitingTimes:
    """How long is waited for what, in seconds.

    Attributes:
        look: Between two looks at the output folder while the head is silent.
        give_up: Until a job is taken for lost when neither head nor folder shows a sign of life.
        last_lines: For the head to tell the end of the log, once the folder says that the run is over.
        settle: For the folder to say how a run ended, once its job is over.
        settle_gone: The same when the head has forgotten the job, whose driver may only be noticing it.
    """

    look: float = 5.0
    give_up: float = 600.0
    last_lines: float = 30.0
    settle: float = 10.0
    settle_gone: float = 120.0


@dataclass(frozen=True)
class Submitted:
    """A job that was handed over.

    Attributes:
        out: The URI of ``folder`` without credentials.
    """

    job_id: str
    folder: Folder
    out: str

    def traces(self) -> Traces:
        return read_traces(self.folder, self.job_id)

    def outcome(self, traces: Traces, job: JobState | None) -> Outcome:
        return outcome(self.folder, self.out, self.job_id, traces, job)


class Watch:
    """Waits for a job's end.

    Args:
        stop: Asks the head to end the job.
        ask: Called on Ctrl-C; asks the user what to do.
    """

    def __init__(
        self,
        submitted: Submitted,
        follower: Follower,
        show: Show,
        stop: Callable[[], None],
        ask: Callable[[], Choice],
        patience: WaitingTimes | None = None,
    ) -> None:
        self._submitted, self._follower, self._show = submitted, follower, show
        self._stop, self._ask, self._patience = stop, ask, patience or WaitingTimes()
        self._is_silent = False
        self._looked_at = self._alive_at = 0.0
        self._ended_at: float | None = None
        self._seen: Traces | None = None

    def outcome(self) -> Outcome:
        """Return what became of the job: it is over, or the user has left it.

        Raises:
            StorageError: when the job is over and its output folder cannot be read.
        """
        while True:
            try:
                ended = self._heed(self._next_event())
            except KeyboardInterrupt:
                ended = self._interrupted()
            if ended is not None:
                self._follower.leave()
                return ended

    def _next_event(self) -> Event | None:
        try:
            return self._follower.events.get(timeout=min(1.0, self._patience.look))
        except queue.Empty:
            return None

    def _heed(self, event: Event | None) -> Outcome | None:
        match event:
            case Lines(lines):
                self._show.lines(lines)
            case Silence(reason) if not self._is_silent:
                self._is_silent, self._alive_at = True, time.monotonic()
                self._show.note(f"{reason}; trying again, and looking at {self._submitted.out} meanwhile")
            case Answer():
                self._is_silent = False
                self._show.note("the head answers again")
            case Over(job):
                return self._settled(job)
        return self._looked() if self._is_silent else None

    def _looked(self) -> Outcome | None:
        """See in the output folder how the run is doing; returns how it ended, or that it is lost."""
        now = time.monotonic()
        if now - self._looked_at < self._patience.look:
            return None
        self._looked_at = now
        try:
            traces = self._submitted.traces()
        except StorageError:
            traces = Traces()
        if traces.state:
            self._ended_at = self._ended_at or now
            is_patient = now - self._ended_at < self._patience.last_lines
            return None if is_patient else self._submitted.outcome(traces, None)
        if traces.status and traces != self._seen:
            self._seen, self._alive_at = traces, now
            status = traces.status
            self._show.note(f"{status.state}: {status.done:,} of {status.renders:,}, says {self._submitted.out}")
        if now - self._alive_at < self._patience.give_up:
            return None
        return Outcome(
            job=self._submitted.job_id,
            out=self._submitted.out,
            state="failed",
            exit_code=LOST,
            run=traces.run.run_id if traces.run else None,
            message=f"neither the head nor {self._submitted.out} has shown a sign of life for "
            f"{self._patience.give_up:.0f} s; the same command continues on a cluster that is there",
        )

    def _settled(self, job: JobState) -> Outcome:
        """Judge a job that is over, once its run has said how it ended, or will not say it any more."""
        deadline = time.monotonic() + (self._patience.settle_gone if job.name == GONE else self._patience.settle)
        while True:
            traces = self._submitted.traces()
            never_began = traces.run is None and job.name != "SUCCEEDED"
            is_dead = traces.status is not None and traces.status.is_silent
            if traces.state or never_began or is_dead or time.monotonic() > deadline:
                return self._submitted.outcome(traces, job)
            time.sleep(min(1.0, self._patience.look))

    def _interrupted(self) -> Outcome | None:
        try:
            choice = self._ask()
        except KeyboardInterrupt:
            choice = "detach"
        if choice == "detach":
            return Outcome(job=self._submitted.job_id, out=self._submitted.out, state="detached", exit_code=STOPPED)
        try:
            self._stop()
            self._show.note("stopping; renders in flight are given their grace")
        except SubmissionError as error:
            self._show.note(f"not stopped: {error}")
        except KeyboardInterrupt:
            return self._interrupted()
        return None
