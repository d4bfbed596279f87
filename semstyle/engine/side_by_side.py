"""Independent pieces of work on a CPU, each on one of torch's threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

Piece = TypeVar("Piece")
Done = TypeVar("Done")


def side_by_side(work: Callable[[Piece], Done], pieces: Sequence[Piece]) -> list[Done]:
    """Do ``work`` on each of ``pieces``, as many at a time as torch has threads, each with a single thread.

    Operations on small images gain little from a second thread, as threads wait for one another; pieces do not wait. A
    single piece that is left over has all threads. After an error no further piece is begun.
    """
    threads = torch.get_num_threads()
    if threads == 1:
        return [work(piece) for piece in pieces]
    together = len(pieces) - (len(pieces) % threads == 1)
    return [*each_in_a_thread(work, pieces[:together], threads), *map(work, pieces[together:])]


def each_in_a_thread(work: Callable[[Piece], Done], pieces: Sequence[Piece], threads: int) -> list[Done]:
    pool = ThreadPoolExecutor(threads, "side-by-side", torch.set_num_threads, (1,))
    try:
        return list(pool.map(work, pieces))
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)  # parts of it are the whole process's, and each new thread has set them
