"""A counter of what torch is asked to do, which on a GPU are launches, and of the largest tensor that it makes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

MAKES_NOTHING = ("aten::empty", "aten::new_empty", "prim::device", "aten::detach")


class CountedOperations(TorchDispatchMode):
    """Within this context, counts operations that are more than a view or memory without contents.

    Attributes:
        counts: How often each operation was asked for, by its name.
        crossings: The names of operations that read on one device and wrote on another, for which the host waits.
        largest: Elements of the largest tensor that an operation read or wrote; of memory with holes, its extent.
    """

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self.crossings: list[str] = []
        self.largest = 0

    @property
    def launches(self) -> int:
        return self.counts.total()

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        name = func._schema.name  # type: ignore[attr-defined]
        if not func.is_view and not name.startswith(MAKES_NOTHING):  # type: ignore[attr-defined]
            self.counts[name] += 1
            read, written = tensors_in((args, kwargs)), tensors_in(result)
            self.largest = max([self.largest, *map(extent, read + written)])
            # A number in a tensor of the host goes along with the launch.
            places = {tensor.device for tensor in read if tensor.dim() or tensor.device.type != "cpu"}
            if places and {tensor.device for tensor in written} - places:
                self.crossings.append(name)
        return result


def tensors_in(values: Any) -> list[torch.Tensor]:
    """The tensors anywhere in ``values``."""
    return [value for value in tree_leaves(values) if torch.is_tensor(value)]


def extent(tensor: torch.Tensor) -> int:
    """The elements of memory from the first to the last of ``tensor``."""
    if not tensor.numel():
        return 0
    return 1 + sum((length - 1) * stride for length, stride in zip(tensor.shape, tensor.stride(), strict=True))
