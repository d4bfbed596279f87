"""Watching a job: what ends it, what Ctrl-C does, and what is done while the head is silent."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from left_behind import JOB_ID, leave, make_status

from semstyle.storage import Folder
from semstyle.submission.errors import HeadSilentError
from semstyle.submission.follower import Answer, Event, Lines, Over, Silence
from semstyle.submission.job_state import GONE, JobState
from semstyle.submission.outcome import Outcome
from semstyle.submission.watch import Choice, Submitted, WaitingTimes, Watch

SHORT = WaitingTimes(look=0.01, give_up=0.3, last_lines=0.05, settle=0.05, settle_gone=5)
CTRL_C = KeyboardInterrupt()


class Told:
    """What the user was shown."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.notes: list[str] = []

    def lines(self, lines: Sequence[str]) -> None:
        self.log += lines

    def note(self, text: str) -> None:
        self.notes.append(text)


class Script:
    """A follower whose events are given; a callable is called, and what stands for Ctrl-C is raised."""

    def __init__(self, *events: Event | KeyboardInterrupt | Callable[[], Any]) -> None:
        self.events = self
        self.has_left = False
        self._events = list(events)

    def get(self, timeout: float) -> Event:
        if not self._events:
            raise queue.Empty
        event = self._events.pop(0)
        if isinstance(event, KeyboardInterrupt):
            raise event
        if isinstance(event, Lines | Silence | Answer | Over):
            return event
        event()
        raise queue.Empty

    def leave(self) -> None:
        self.has_left = True


def detach() -> Choice:
    return "detach"


def stop() -> Choice:
    return "stop"


def impatient() -> Choice:
    raise KeyboardInterrupt


def watched(
    folder: Folder,
    script: Script,
    ask: Callable[[], Choice] = impatient,
    end_job: Callable[[], None] = lambda: None,
    told: Told | None = None,
) -> Outcome:
    submitted = Submitted(JOB_ID, folder, folder.uri)
    watch = Watch(submitted, script, told or Told(), end_job, ask, SHORT)  # type: ignore[arg-type]
    found = watch.outcome()
    assert script.has_left
    return found


def test_the_log_is_shown_and_the_folder_decides(tmp_path: Path) -> None:
    folder = leave(tmp_path, make_status("finished", rendered=4), "finished")
    told = Told()
    events = [Lines(("a", "b")), Lines(("c",)), Over(JobState("SUCCEEDED", exit_code=0))]
    assert watched(folder, Script(*events), told=told).exit_code == 0
    assert told.log == ["a", "b", "c"]


def test_the_last_word_of_a_run_is_waited_for(tmp_path: Path) -> None:
    folder = leave(tmp_path, make_status("running", rendered=1, left=3))
    saw: list[int] = []

    class Late(Submitted):
        def traces(self) -> Any:
            saw.append(1)
            if len(saw) == 3:
                leave(tmp_path, make_status("stopped", rendered=1, left=3), "stopped")
            return super().traces()

    watch = Watch(
        Late(JOB_ID, folder, folder.uri), Script(Over(JobState("STOPPED"))), Told(), lambda: None, detach, SHORT
    )  # type: ignore[arg-type]
    found = watch.outcome()
    assert (found.exit_code, found.message) == (130, "")


def test_ctrl_c_and_detach_leave_the_job_at_work(tmp_path: Path) -> None:
    stopped: list[str] = []
    folder = leave(tmp_path, make_status("running"))
    for ask in (detach, impatient):
        found = watched(folder, Script(Lines(("a",)), CTRL_C), ask, lambda: stopped.append("stopped"))
        assert (found.state, found.exit_code) == ("detached", 130)
    assert not stopped


def test_ctrl_c_and_stop_follow_the_job_to_its_end(tmp_path: Path) -> None:
    folder = leave(tmp_path, make_status("running", rendered=1, left=3))

    def end_job() -> None:
        leave(tmp_path, make_status("stopped", rendered=2, left=2), "stopped")

    told = Told()
    script = Script(CTRL_C, Lines(("stopped by Ray",)), Over(JobState("STOPPED")))
    found = watched(folder, script, stop, end_job, told)
    assert (found.state, found.exit_code, found.counts["rendered"]) == ("stopped", 130, 2)
    assert told.log == ["stopped by Ray"]


def test_a_job_that_cannot_be_stopped_now_is_followed_on(tmp_path: Path) -> None:
    def end_job() -> None:
        raise HeadSilentError("no answer")

    folder = leave(tmp_path, make_status("finished", rendered=4), "finished")
    told = Told()
    found = watched(folder, Script(CTRL_C, Over(JobState("SUCCEEDED"))), stop, end_job, told)
    assert found.exit_code == 0
    assert told.notes == ["not stopped: no answer"]


def test_while_the_head_is_silent_the_folder_tells_how_it_goes_and_ends(tmp_path: Path) -> None:
    folder = leave(tmp_path, make_status("running", rendered=1, left=3))

    def pause() -> None:
        time.sleep(0.02)

    def finish() -> None:
        leave(tmp_path, make_status("finished", rendered=4), "finished")

    told = Told()
    silence = Silence("http://head:8265 does not answer")
    script = Script(silence, silence, *[pause] * 3, finish)
    assert watched(folder, script, told=told).exit_code == 0
    assert told.notes == [
        f"http://head:8265 does not answer; trying again, and looking at {folder.uri} meanwhile",
        f"running: 1 of 4, says {folder.uri}",
    ]


def test_a_head_that_answers_soon_after_the_end_tells_the_rest_of_the_log(tmp_path: Path) -> None:
    folder = leave(tmp_path, make_status("finished", rendered=4), "finished")
    told = Told()
    script = Script(Silence("no answer"), lambda: None, Answer(), Lines(("the end",)), Over(JobState("SUCCEEDED")))
    assert watched(folder, script, told=told).exit_code == 0
    assert told.log == ["the end"]


def test_a_head_that_answers_again_is_told(tmp_path: Path) -> None:
    folder = leave(tmp_path, make_status("running", rendered=4), "running")
    told = Told()

    def finish() -> None:
        leave(tmp_path, make_status("finished", rendered=4), "finished")

    script = Script(Silence("no answer"), Answer(), finish, Over(JobState("SUCCEEDED")))
    assert watched(folder, script, told=told).exit_code == 0
    assert told.notes[-1] == "the head answers again"


def test_without_a_sign_of_life_from_head_and_folder_the_job_is_lost(tmp_path: Path) -> None:
    folder = leave(tmp_path, make_status("running", rendered=1, left=3))
    found = watched(folder, Script(Silence("no answer")))
    assert (found.state, found.exit_code, found.run) == ("failed", 1, "run")
    assert "has shown a sign of life" in found.message


def test_a_head_that_has_forgotten_the_job_leaves_its_driver_time_to_notice(tmp_path: Path) -> None:
    folder = leave(tmp_path, make_status("running", age=3600, rendered=1, left=3))
    assert watched(folder, Script(Over(JobState(GONE)))).exit_code == 1
    leave(tmp_path, make_status("failed", rendered=1, left=3, last_error="the cluster is lost"), "failed")
    found = watched(folder, Script(Over(JobState(GONE))))
    assert (found.exit_code, found.message) == (1, "the cluster is lost")


@pytest.mark.parametrize("answer", [detach, stop])
def test_a_job_before_its_first_line(tmp_path: Path, answer: Callable[[], Choice]) -> None:
    folder = Folder(str(tmp_path / "out"))
    found = watched(folder, Script(CTRL_C, Over(JobState("STOPPED"))), answer)
    assert found.exit_code == 130
    assert found.counts == {}
