"""Telling by an error what it says about the device: that its memory is full, or that it can be used no more."""

from __future__ import annotations

import re
from collections.abc import Iterator

import torch

MEMORY_CODE = 2
"""The number of ``cudaErrorMemoryAllocation``; HIP has the same."""
MEMORY_MESSAGE = re.compile(
    r"\b(?:CUDA|cuDNN|HIP)\b[^\n]*\bout of memory\b"  # the runtime, the driver, and Triton, which says [CUDA]
    r"|\bCU(?:BLAS|SOLVER|SPARSE)_STATUS_ALLOC_FAILED\b|\bCUFFT_ALLOC_FAILED\b"
    r"|\bCUDNN_STATUS_(?:ALLOC_FAILED|INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED)\b",
    re.IGNORECASE,
)
DEVICE_MESSAGE = re.compile(
    r"(?:CUDA|HIP|cu(?:DNN|BLAS|FFT|SOLVER|SPARSE))(?: \w+)? error: |Triton Error \[(?:CUDA|HIP)\]: ",
    re.IGNORECASE,
)
"""How torch and Triton begin the message of an error that the device, or a library on it, has answered with."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the device's memory was too small, whichever library found out: the same may succeed on a whole GPU."""
    return any(lacks_memory(cause) for cause in causes(error))


def poisons_device(error: BaseException) -> bool:
    """Whether an error may stay with this process's device, so that nothing can be read from it or tried on it.

    An illegal memory access, an assertion in a kernel or a failing GPU answer every later call with an error. As some
    errors are found late, and by libraries, any error of the device counts unless its memory was too small.
    """
    return not is_out_of_memory(error) and any(is_of_device(cause) for cause in causes(error))


def lacks_memory(error: BaseException) -> bool:
    if isinstance(error, torch.OutOfMemoryError):
        return True
    if isinstance(error, torch.AcceleratorError) and getattr(error, "error_code", None) == MEMORY_CODE:
        return True
    return isinstance(error, RuntimeError) and bool(MEMORY_MESSAGE.search(str(error)))


def is_of_device(error: BaseException) -> bool:
    if isinstance(error, torch.AcceleratorError):
        return True
    return isinstance(error, RuntimeError) and bool(DEVICE_MESSAGE.match(str(error)))


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it was raised from; a compiler wraps what its kernels raise."""
    while error is not None:
        yield error
        error = error.__cause__
