"""How long storage that stumbles is asked again."""

from __future__ import annotations

import time

import pytest

from semstyle.storage import StorageError, lose_patience, patient, retried
from semstyle.storage.patience import ATTEMPTS


class Stumbling:
    """Storage that fails for the first ``seconds``."""

    def __init__(self, seconds: float = float("inf"), transient: bool = True) -> None:
        self.until, self.transient, self.calls = time.monotonic() + seconds, transient, 0

    @retried
    def read(self) -> str:
        self.calls += 1
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
