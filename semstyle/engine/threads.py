"""Threads of a CPU's operations, as far as the image depends on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Within, torch uses one thread for each operation; also a decorator.

    A sum over all of a tensor is added up in as many parts as there are threads, and rounded otherwise by each number
    of them. The optimiser makes another image of that. So such sums are taken by one thread, which costs microseconds;
    what has its sums in a fixed order, such as matching and the encoder's features, has all of them.
    """
    threads = torch.get_num_threads()
    if threads == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
