"""A tensor that is still in its file."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from semstyle.engine.encoders.weight_files.forgery import UnusableWeights

MOST_BYTES = 2 * 2**30
"""Most bytes of a file of weights, and of what it unpacks to. torchvision's VGG-19 has 548 MiB."""
MOST_DIMENSIONS = 4


ReadBytes = Callable[[int, int], bytes]
"""Reads bytes, given (start, length); fewer only where there are no more."""


@dataclass(frozen=True)
class StoredTensor:
    """What a file says of a tensor. Its numbers are not in memory before :meth:`read`.

    Attributes:
        stride: As in torch, in elements.
        start: Where its first element is for ``read_bytes``, in bytes.

    Raises:
        UnusableWeights: its shape is not one, has too many dimensions, or skips or repeats elements.
    """

    dtype: torch.dtype
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    start: int
    read_bytes: ReadBytes

    def __post_init__(self) -> None:
        if len(self.shape) > MOST_DIMENSIONS or len(self.shape) != len(self.stride):
            raise UnusableWeights(f"a tensor of {len(self.shape)} dimensions")
        check_counts((*self.shape, *self.stride, self.start))
        if math.prod(self.shape) != self.extent:
            raise UnusableWeights("a tensor that skips or repeats elements")

    @property
    def extent(self) -> int:
        """How many elements there are from its first to its last in the file."""
        if 0 in self.shape:
            return 0
        return 1 + sum((size - 1) * step for size, step in zip(self.shape, self.stride, strict=True))

    @property
    def stop(self) -> int:
        """Where its last element ends, in bytes."""
        return self.start + self.extent * self.dtype.itemsize

    def read(self) -> Tensor:
        """Read the tensor; numbers with a fraction become float32.

        Raises:
            UnusableWeights: when the file ends before the tensor does.
        """
        length = self.stop - self.start
        data = bytearray(self.read_bytes(self.start, length))
        if len(data) != length:
            raise UnusableWeights("the file ends in the middle of a tensor")
        if not length:
            return torch.empty(self.shape)
        values = torch.frombuffer(data, dtype=self.dtype).as_strided(self.shape, self.stride)
        return values.contiguous().to(torch.float32 if self.dtype.is_floating_point else self.dtype)


def check_counts(numbers: Sequence[object]) -> None:
    """Refuse numbers that cannot be sizes or places in a file."""
    for number in numbers:
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= MOST_BYTES:
            raise UnusableWeights("a size or place that no file of weights has")


def row_major(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the stride of a tensor whose last dimension varies fastest."""
    return tuple(math.prod(shape[number + 1 :]) for number in range(len(shape)))


def column_major(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the stride of a tensor whose first dimension varies fastest."""
    return tuple(math.prod(shape[:number]) for number in range(len(shape)))
