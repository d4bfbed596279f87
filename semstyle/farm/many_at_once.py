"""Doing many things at once that are mostly waiting for storage or servers."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TypeVar

THREADS = 32

Asked = TypeVar("Asked")
Told = TypeVar("Told")


def answers(
    ask: Callable[[Asked], Told], items: Iterable[Asked], seconds: float, threads: int = THREADS
) -> Iterator[Told | Exception]:
    """Yield what ``ask`` returns or raises for each of ``items``, as it comes, until ``seconds`` have passed.

    Threads that are still asking then are not waited for, not even at the end of the program.
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


def in_order(function: Callable[[Asked], Told], items: Iterable[Asked], readers: int = THREADS) -> Iterator[Told]:
    """Do ``map(function, items)`` in threads, never more than a few calls ahead of whoever consumes it.

    An error or an interrupt is raised at once; calls that have begun are not waited for.
    """
    pool = ThreadPoolExecutor(readers)
    try:
        ahead: deque[Future[Told]] = deque()
        for item in items:
            ahead.append(pool.submit(function, item))
            if len(ahead) >= 2 * readers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
