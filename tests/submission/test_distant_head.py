"""A head that is asked before anyone knows whether it is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from semstyle.submission import head as module
from semstyle.submission.distant_head import DistantHead
from semstyle.submission.errors import HeadSilentError
from semstyle.submission.job_state import JobState


class SilentOnce:
    """A head that nobody reaches at first."""

    tried = 0

    def __init__(self, address: str) -> None:
        SilentOnce.tried += 1
        if SilentOnce.tried == 1:
            raise HeadSilentError(f"nothing answers at {address}")

    def job(self, job_id: str) -> JobState:
        return JobState("RUNNING", job_id)

    def log(self, job_id: str) -> str:
        return f"log of {job_id}"

    async def followed_log(self, job_id: str, quiet_seconds: float) -> AsyncIterator[str]:
        yield f"{job_id} within {quiet_seconds} s"


def test_it_is_connected_to_once_as_soon_as_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Head", SilentOnce)
    monkeypatch.setattr(SilentOnce, "tried", 0)
    head = DistantHead("http://head:8265")
    assert SilentOnce.tried == 0

    async def told() -> list[str]:
        return [chunk async for chunk in head.followed_log("a", 3)]

    with pytest.raises(HeadSilentError, match="nothing answers"):
        asyncio.run(told())
    assert asyncio.run(told()) == ["a within 3 s"]
    assert (head.job("b").message, head.log("c")) == ("b", "log of c")
    assert SilentOnce.tried == 2


def test_nothing_answers_at_a_closed_port() -> None:
    with pytest.raises(HeadSilentError):
        DistantHead("http://127.0.0.1:9").stop("job")
