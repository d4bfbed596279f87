"""What a worker process keeps between renders: its device with its threads, and the styles it has seen."""

from __future__ import annotations

import torch

from semstyle.engine import StyleFeatures
from semstyle.engine.memory import keep_freed_memory
from semstyle.farm.demand import Demand

STYLE_FEATURES = StyleFeatures(256 * 2**20)
"""The features of the styles that this process rendered last."""


def choose_device(demand: Demand) -> torch.device:
    """Return the device to render on, and set this process's threads to what the demand asks for."""
    torch.set_num_threads(demand.threads)
    keep_freed_memory()
    if demand.gpus == 0:
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise RuntimeError("Ray gave this worker a GPU that torch cannot use; check the driver and torch's CUDA build")
    return torch.device("cuda")


def device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
