"""``semstyle pause``, ``resume`` and ``cancel``: a run on a real Ray is told through its folder."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import faults
import pytest

from semstyle.farm import RunOptions, read_status, run_manifest
from semstyle.farm.driver import wishes
from semstyle.farm.errors import FarmError
from semstyle.farm.monitor.control import Control, cancel, pause, read_control, resume
from semstyle.farm.output.layout import CONTROL
from semstyle.storage import Folder

ROWS = 12
SECONDS = 60


class Going:
    """A run in a thread of its own."""

    def __init__(self, manifest: str, out: Path) -> None:
        self.out, self.summary = out, None
        self._thread = threading.Thread(target=self._run, args=(manifest,))
        self._thread.start()

    def _run(self, manifest: str) -> None:
        options = RunOptions(cpus_per_render=1, grace=20, aggregate=False)
        self.summary = run_manifest(manifest, str(self.out), options, perform=faults.slow)

    @property
    def records(self) -> int:
        return len(list((self.out / "records").glob("*")))

    def until(self, what, state=None):
        """Wait until ``what`` holds, or the status says ``state``."""
        deadline = time.monotonic() + SECONDS
        while not (what() if state is None else read_status(str(self.out)).state == state):
            assert time.monotonic() < deadline, "it never came to that"
            time.sleep(0.1)

    def end(self):
        self._thread.join(SECONDS)
        assert self.summary is not None
        return self.summary


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wishes, "ASK_SECONDS", 0.2)
    monkeypatch.setattr("semstyle.farm.monitor.status.HEARTBEAT_SECONDS", 0.2)


@pytest.mark.usefixtures("cluster", "quick")
def test_a_run_pauses_goes_on_and_stops_when_it_is_told(manifest, tmp_path):
    out = tmp_path / "out"
    path = manifest(*[{"seed": seed} for seed in range(ROWS)])
    going = Going(path, out)
    going.until(lambda: going.records >= 1)

    assert pause(str(out)).renders == ROWS
    going.until(None, state="paused")
    going.until(lambda: read_status(str(out)).running == 0)
    held = going.records
    time.sleep(1.5)
    assert going.records == held < ROWS

    assert resume(str(out)) and not resume(str(out))
    going.until(lambda: going.records > held)
    cancel(str(out))
    summary = going.end()
    assert (summary.status.state, summary.exit_code) == ("stopped", 130)
    assert 0 < summary.status.left < ROWS - held

    again = run_manifest(path, str(out), RunOptions(cpus_per_render=1))
    assert again.exit_code == 0, "an old wish to stop is not for a new run"
    for ask in (pause, cancel):
        with pytest.raises(FarmError, match="its run has ended"):
            ask(str(out))


@pytest.mark.usefixtures("cluster", "quick")
def test_a_run_that_begins_in_a_paused_folder_waits(manifest, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / CONTROL).write_text('{"paused": true}')
    going = Going(manifest({"seed": 1}), out)
    going.until(lambda: (out / "status.json").exists())
    going.until(None, state="paused")
    assert going.records == 0
    resume(str(out))
    assert going.end().exit_code == 0


@pytest.mark.parametrize("text", ["{", "[]", '{"paused": "perhaps"}', "\x00"])
def test_a_damaged_file_wants_nothing(text, tmp_path):
    (tmp_path / CONTROL).write_text(text)
    assert read_control(Folder(str(tmp_path))) == Control()


@pytest.mark.parametrize("ask", [pause, resume, cancel])
def test_without_a_run_there_is_nothing_to_tell(ask, tmp_path):
    with pytest.raises(FarmError, match="no run here"):
        ask(str(tmp_path))
