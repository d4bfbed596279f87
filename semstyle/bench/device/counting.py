"""This module counts what a piece of work asks of a device: its operations, the bytes they move, their arithmetic."""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

aten = torch.ops.aten
OVERWRITING = {aten.copy_, aten.fill_, aten.zero_}
"""Operations in place that do not read what they overwrite."""
GATHERING = {aten.index, aten.index_select, aten.gather, aten.embedding}
"""Operations that read as much of their first tensor as they write."""
ALLOCATING = {aten.empty, aten.empty_like, aten.empty_strided, aten.new_empty, aten.new_empty_strided}


@dataclass(frozen=True)
class Counts:
    """What some work asks of a device.

    Attributes:
        operations: Operations, each of which launches at least one kernel.
        bytes: Bytes that they read and write, if each reads its tensors once and nothing stays in a cache.
        flop: Arithmetic of matrix products and convolutions.
    """

    operations: int = 0
    bytes: int = 0
    flop: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.operations + other.operations, self.bytes + other.bytes, self.flop + other.flop)

    def __sub__(self, other: Counts) -> Counts:
        return Counts(self.operations - other.operations, self.bytes - other.bytes, self.flop - other.flop)

    def __mul__(self, times: int) -> Counts:
        return Counts(self.operations * times, self.bytes * times, self.flop * times)


class OperationCounter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Within this context what is done with tensors of one kind of device is counted.

    Views and memory that is only set aside count for nothing.

    Args:
        parts: The end of a source file's path → the name of the part of the work that is done there.

    Attributes:
        counts: What was counted so far, by part: that of the innermost function that belongs to one, or "".
    """

    def __init__(self, device: torch.device, parts: Mapping[str, str] | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.counts: defaultdict[str, Counts] = defaultdict(Counts)
        self._kind = device.type
        self._parts = parts or {}

    @property
    def total(self) -> Counts:
        return sum(self.counts.values(), Counts())

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        result = laid_out(func, args, func(*args, **kwargs))
        written = [*tensors(result), *overwritten(func, args, kwargs)]
        if any(one.device.type == self._kind for one in written) and is_work(func, args, kwargs, result):
            counts = Counts(1, moved(func, args, kwargs, result), arithmetic(func, args, kwargs, result))
            self.counts[self._part()] += counts + further(func, args, result)
        return result

    def _part(self) -> str:
        frame = sys._getframe(2)
        while frame is not None and self._parts:
            for place, part in self._parts.items():
                if frame.f_code.co_filename.endswith(place):
                    return part
            frame = frame.f_back  # type: ignore[assignment]
        return ""


def laid_out(func: Any, args: Any, result: Any) -> Any:
    """Return ``result``, with channels last if a convolution has kept them so; the pretended device does not know."""
    if func.overloadpacket is aten.convolution and result.is_meta and is_channels_last(args[0]):
        return result.contiguous(memory_format=torch.channels_last)
    return result


def further(func: Any, args: Any, result: Any) -> Counts:
    """Return what an operation asks for besides: a convolution on a GPU adds its bias in a pass of its own."""
    if func.overloadpacket is aten.convolution and args[2] is not None:
        return Counts(1, 2 * size_of(result))
    return Counts()


def is_channels_last(tensor: Tensor) -> bool:
    return tensor.is_contiguous(memory_format=torch.channels_last)


def is_work(func: Any, args: Any, kwargs: Any, result: Any) -> bool:
    """Whether an operation does more than to show memory another way, or to set some aside."""
    if func.overloadpacket in ALLOCATING:
        return False
    if func._schema.is_mutable:
        return True
    known = {place_of(one) for one in tensors((args, kwargs))}
    return not all(place_of(one) in known for one in tensors(result))


def moved(func: Any, args: Any, kwargs: Any, result: Any) -> int:
    """Return the bytes that an operation reads and writes."""
    places = {place_of(one): one for one in (*tensors(result), *overwritten(func, args, kwargs))}
    written = sum(map(size_of, places.values()))
    read = list(tensors((args, kwargs)))
    if func.overloadpacket in OVERWRITING or "out" in kwargs:
        read = [one for one in read if place_of(one) not in places]
    if func.overloadpacket in GATHERING:
        return 2 * written + sum(map(size_of, read[1:]))
    if func.overloadpacket is aten._embedding_bag_forward_only or func.overloadpacket is aten._embedding_bag:
        table, indices, *others = read
        return written + indices.numel() * table.shape[1] * table.itemsize + sum(map(size_of, (indices, *others)))
    return written + sum(map(size_of, read))


def arithmetic(func: Any, args: Any, kwargs: Any, result: Any) -> int:
    """Return the FLOP of a matrix product or convolution, 0 for anything else."""
    formula = flop_registry.get(func.overloadpacket)
    return 0 if formula is None else int(formula(*args, **kwargs, out_val=result))


def tensors(values: Any) -> Iterator[Tensor]:
    return (one for one in tree_leaves(values) if isinstance(one, Tensor))


def overwritten(func: Any, args: Any, kwargs: Any) -> Iterator[Tensor]:
    """Yield the tensors that an operation writes in place."""
    for number, argument in enumerate(func._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            yield from tensors(args[number] if number < len(args) else kwargs.get(argument.name))


def place_of(tensor: Tensor) -> int:
    """Return a number that tensors have in common which show the same memory."""
    place: int = tensor.untyped_storage()._cdata
    return place


def size_of(tensor: Tensor) -> int:
    """Return the bytes of a tensor; what is expanded counts once."""
    elements = math.prod(
        length if stride else min(length, 1) for length, stride in zip(tensor.shape, tensor.stride(), strict=True)
    )
    return elements * tensor.itemsize
