"""Errors of a device, as torch, its libraries and Triton word them: whose memory was full, and whose device is lost."""

from __future__ import annotations

import pytest
import torch

from semstyle.farm.attempt import FailureClass
from semstyle.farm.worker.device_errors import is_out_of_memory, poisons_device
from semstyle.farm.worker.render_attempt import answered

HINTS = """
Search for `cudaErrorIllegalAddress' in https://docs.nvidia.com/cuda/cuda-runtime-api/group__CUDART__TYPES.html for more information.
CUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be incorrect.
For debugging consider passing CUDA_LAUNCH_BLOCKING=1
Device-side assertion tracking was not enabled by user."""  # noqa: E501 - as it is


def coded(code: int, message: str) -> torch.AcceleratorError:
    """An error as torch raises it, with CUDA's number."""
    error = torch.AcceleratorError(message)
    error.error_code = code
    return error


def wrapped(error: Exception) -> Exception:
    """An error as a compiler passes it on."""
    try:
        raise RuntimeError("backend='inductor' raised") from error
    except RuntimeError as outer:
        return outer


FULL = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 14.75 GiB"),
    coded(2, "CUDA error: out of memory" + HINTS),
    coded(2, "CUDA error: speicher voll"),
    torch.AcceleratorError("CUDA error: out of memory" + HINTS),
    torch.AcceleratorError("HIP error: out of memory"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"),
    RuntimeError("cuDNN error: an allocation of its workspace ran out of memory"),
    RuntimeError("cuFFT error: CUFFT_ALLOC_FAILED"),
    RuntimeError("cusolver error: CUSOLVER_STATUS_ALLOC_FAILED, when calling `cusolverDnCreate(handle)`"),
    RuntimeError("CUDA driver error: out of memory"),
    RuntimeError("Triton Error [CUDA]: out of memory"),
    wrapped(torch.OutOfMemoryError("CUDA out of memory.")),
]
LOST = [
    coded(700, "CUDA error: an illegal memory access was encountered" + HINTS),
    coded(710, "CUDA error: device-side assert triggered" + HINTS),
    torch.AcceleratorError("CUDA error: uncorrectable ECC error encountered"),
    RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm( handle, opa, opb, m, n, k)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"),
    RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED"),
    RuntimeError("cuDNN Frontend error: [cudnn_frontend] Error: No execution plans support the graph."),
    RuntimeError("cuFFT error: CUFFT_EXEC_FAILED"),
    RuntimeError("Triton Error [CUDA]: an illegal memory access was encountered"),
    wrapped(torch.AcceleratorError("CUDA error: misaligned address")),
]
OTHER = [
    RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: you tried 8 GB."),
    RuntimeError("The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1"),
    RuntimeError("the queue of jobs is out of memory"),
    MemoryError("out of memory"),
    ValueError("CUDA out of memory, says a map's file name"),
    OSError(12, "Cannot allocate memory"),
]


def kind_of(error: Exception) -> FailureClass:
    def fail() -> None:
        raise error

    return answered(fail).kind


@pytest.mark.parametrize("error", FULL, ids=str)
def test_memory_that_is_full_is_tried_again_on_a_whole_gpu_whoever_says_so(error):
    assert is_out_of_memory(error) and not poisons_device(error)
    assert kind_of(error) is FailureClass.MEMORY


@pytest.mark.parametrize("error", LOST, ids=str)
def test_what_may_stay_with_a_device_poisons_its_process(error):
    assert poisons_device(error) and not is_out_of_memory(error)
    assert kind_of(error) is FailureClass.WORKER


@pytest.mark.parametrize("error", OTHER, ids=str)
def test_other_errors_say_nothing_about_a_device(error):
    assert not poisons_device(error) and not is_out_of_memory(error)
    assert kind_of(error) is FailureClass.WORKER
