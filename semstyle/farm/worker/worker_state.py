"""What a worker process keeps between renders: its device, with its threads and its share, and styles it has seen."""

from __future__ import annotations

import torch

from semstyle.engine import StyleFeatures
from semstyle.engine.memory import keep_freed_memory
from semstyle.farm.demand import Demand
from semstyle.farm.errors import GpuError
from semstyle.farm.worker.nvidia_driver import why_unusable

STYLE_FEATURES = StyleFeatures(256 * 2**20)
"""The features of the styles that this process rendered last."""


def choose_device(demand: Demand) -> torch.device:
    """Return the device to render on, and set this process's threads and share of memory to what the demand asks for.

    Raises:
        GpuError: when torch can use no GPU with this machine's driver.
        RuntimeError: when it cannot use the one that Ray gave, for another reason.
    """
    torch.set_num_threads(demand.threads)
    keep_freed_memory()
    if demand.gpus == 0:
        return torch.device("cpu")
    if not torch.cuda.is_available():
        if trouble := why_unusable():
            raise GpuError("; ".join(trouble))
        raise RuntimeError("Ray gave this worker a GPU that torch cannot use; check it with `nvidia-smi` on its node")
    # Also of a whole GPU, as an earlier render of this process may have had less.
    torch.cuda.set_per_process_memory_fraction(min(1.0, demand.gpus))
    return torch.device("cuda")


def release_device_memory(demand: Demand) -> None:
    """Give back what this process holds of a shared GPU and does not use, as others on it may need it.

    Raises:
        RuntimeError: when the device has failed meanwhile.
    """
    if 0 < demand.gpus < 1 and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.empty_cache()


def device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
