"""What Triton's kernels read and write when they are interpreted on a CPU (imported by programs of their own)."""

from __future__ import annotations

from typing import Any

import torch
from triton.runtime import interpreter


class WatchedMemory:
    """Watches that kernels read and write the memory of their arguments and no other.

    Attributes:
        accesses: How many numbers they have read or written so far.
    """

    def __init__(self, *kernels: Any) -> None:
        self._ranges: set[tuple[int, int]] = set()
        self.accesses = 0
        builder = interpreter.interpreter_builder
        load, store = builder.create_masked_load, builder.create_masked_store

        def watched_load(pointers: Any, mask: Any, *rest: Any) -> Any:
            self._check(pointers, mask)
            return load(pointers, mask, *rest)

        def watched_store(pointers: Any, value: Any, mask: Any, *rest: Any) -> Any:
            self._check(pointers, mask)
            return store(pointers, value, mask, *rest)

        builder.create_masked_load, builder.create_masked_store = watched_load, watched_store
        for kernel in kernels:
            kernel.add_pre_run_hook(self._know)

    def _know(self, *arguments: Any, **_: Any) -> None:
        storages = [value.untyped_storage() for value in arguments if torch.is_tensor(value)]
        self._ranges = {(storage.data_ptr(), storage.data_ptr() + storage.nbytes()) for storage in storages}

    def _check(self, pointers: Any, mask: Any) -> None:
        addresses = pointers.data[mask.data]
        self.accesses += addresses.size
        allowed = sum(((first <= addresses) & (addresses < last)).sum() for first, last in self._ranges)
        assert allowed == addresses.size, "a kernel reads or writes memory that is not its own"
