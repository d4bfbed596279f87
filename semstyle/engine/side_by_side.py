"""Independent pieces of work on a CPU, each on one of torch's threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

Piece = TypeVar("Piece")
Done = TypeVar("Done")


def side_by_side(work: Callable[[Piece], Done], pieces: Sequence[Piece]) -> list[Done]:
    """``work`` on each of ``pieces``, as many at a time as torch has threads, each with a single one.

    Operations on small images gain little from a second thread, as they wait for one another; pieces do not. The
    first error ends what has not begun.
    """
    threads = min(torch.get_num_threads(), len(pieces))
    if threads == 1:
        return [work(piece) for piece in pieces]
    before = torch.get_num_threads()
    pool = ThreadPoolExecutor(threads, "side-by-side", torch.set_num_threads, (1,))
    try:
        return list(pool.map(work, pieces))
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(before)  # parts of it are the whole process's, and each new thread has set them
