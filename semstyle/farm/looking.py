"""Asking many servers at once, none of which may hold up the others or this program."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from queue import Empty, SimpleQueue
from typing import TypeVar

THREADS = 32

Asked = TypeVar("Asked")
Told = TypeVar("Told")


def answers(
    ask: Callable[[Asked], Told], items: Iterable[Asked], seconds: float, threads: int = THREADS
) -> Iterator[Told | Exception]:
    """What ``ask`` returns or raises for each of ``items``, as it comes, until ``seconds`` have passed.

    Nobody waits for a thread that is still asking then, not even the end of the program.
    """
    waiting: SimpleQueue[Asked] = SimpleQueue()
    told: SimpleQueue[Told | Exception] = SimpleQueue()
    count = 0
    for item in items:
        waiting.put(item)
        count += 1
    deadline = time.monotonic() + seconds

    def work() -> None:
        while time.monotonic() < deadline:
            try:
                item = waiting.get_nowait()
            except Empty:
                return
            try:
                told.put(ask(item))
            except Exception as error:
                told.put(error)

    for _ in range(min(threads, count)):
        threading.Thread(target=work, name="looking", daemon=True).start()
    for _ in range(count):
        try:
            yield told.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            return
