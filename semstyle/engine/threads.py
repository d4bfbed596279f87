"""Making images independent of how many threads a CPU's operations have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Within this context torch uses one thread for each operation; this is also a decorator.

    A sum over a whole tensor is added up in as many parts as there are threads, so that its rounding depends on their
    number, and with it the image that an optimiser makes. Such sums are taken by one thread, which costs microseconds.
    Operations whose sums have a fixed order, such as matching and the encoder's, use all threads.
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
