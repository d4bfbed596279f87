"""How long storage that stumbles is asked again."""

from __future__ import annotations

import os
import signal
import threading
import time
from types import FrameType

import pytest

from semstyle.storage import StorageError, lose_patience, patient, retried
from semstyle.storage import patience as patience_module
from semstyle.storage.patience import ATTEMPTS


class Stumbling:
    """Storage that fails for the first ``seconds``."""

    def __init__(self, seconds: float = float("inf"), transient: bool = True, takes: float = 0) -> None:
        self.until, self.transient, self.takes, self.calls = time.monotonic() + seconds, transient, takes, 0

    @retried
    def read(self) -> str:
        self.calls += 1
        time.sleep(self.takes)
        if time.monotonic() < self.until:
            raise StorageError("503 Slow Down", self.transient)
        return "content"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stumbling.read.retry, "wait", lambda state: 0.02)  # type: ignore[attr-defined]


def test_a_few_attempts_without_patience() -> None:
    storage = Stumbling()
    with pytest.raises(StorageError, match="503"):
        storage.read()
    assert storage.calls == ATTEMPTS


def test_as_many_as_it_takes_with_patience() -> None:
    storage = Stumbling(seconds=0.5)
    with patient(60):
        assert storage.read() == "content"
    assert storage.calls > ATTEMPTS


def test_patience_ends_with_its_block_and_when_it_is_lost() -> None:
    first, second = patient(60), patient(60)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)  # two runs in one process need not end in order
    lose_patience()
    storage = Stumbling()
    with pytest.raises(StorageError):
        storage.read()
    second.__exit__(None, None, None)
    assert storage.calls == ATTEMPTS


def test_what_waiting_cannot_mend_is_an_error_at_once() -> None:
    storage = Stumbling(transient=False)
    with patient(60), pytest.raises(StorageError):
        storage.read()
    assert storage.calls == 1


def test_no_attempt_begins_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience_module, "SECONDS", 0.5)
    storage = Stumbling(takes=0.3)
    with pytest.raises(StorageError):
        storage.read()
    assert storage.calls == 2 < ATTEMPTS


def test_nothing_begins_while_it_would_be_too_late_after_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience_module, "SECONDS", 20)
    monkeypatch.setattr(Stumbling.read.retry, "wait", lambda state: 30)  # type: ignore[attr-defined]
    storage, begun = Stumbling(), time.monotonic()
    with pytest.raises(StorageError):
        storage.read()
    assert storage.calls == 1 and time.monotonic() - begun < 10


def test_with_patience_attempts_go_on_after_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience_module, "SECONDS", 0.2)
    storage = Stumbling(seconds=1)
    with patient(60):
        assert storage.read() == "content"


def test_a_rest_ends_when_patience_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stumbling.read.retry, "wait", lambda state: 100)  # type: ignore[attr-defined]
    storage, begun = Stumbling(), time.monotonic()
    threading.Timer(0.5, lose_patience).start()
    with patient(1000), pytest.raises(StorageError, match="503"):
        storage.read()
    assert storage.calls == 2, "once more, and at once"
    assert time.monotonic() - begun < 20


def test_a_rest_ends_when_a_signal_ends_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        lose_patience()

    monkeypatch.setattr(Stumbling.read.retry, "wait", lambda state: 100)  # type: ignore[attr-defined]
    before = signal.signal(signal.SIGUSR1, stop)
    storage, begun = Stumbling(), time.monotonic()
    try:
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        with patient(1000), pytest.raises(StorageError, match="503"):
            storage.read()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert time.monotonic() - begun < 20
