"""What a worker process keeps warm between renders: its device with its threads, and encoders."""

from __future__ import annotations

import functools

import torch

from semstyle.engine import Encoder, Parameters, StyleFeatures, encoder_of
from semstyle.engine.memory import keep_freed_memory
from semstyle.engine.parameters import ENCODERS
from semstyle.engine.weight_files import MOST_BYTES
from semstyle.farm.demand import Demand
from semstyle.manifest.inputs import EVERYWHERE
from semstyle.storage import AllowList, file_version, local_path

STYLE_FEATURES = StyleFeatures(256 * 2**20)
"""Of the styles that this process rendered last."""


def choose_device(demand: Demand) -> torch.device:
    """The device to render on, with this process's threads set to what the demand asks for."""
    torch.set_num_threads(demand.threads)
    keep_freed_memory()
    if demand.gpus == 0:
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise RuntimeError("Ray gave this worker a GPU that torch cannot use; check the driver and torch's CUDA build")
    return torch.device("cuda")


def device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


def warm_encoder(parameters: Parameters, allow: AllowList = EVERYWHERE) -> Encoder:
    """The parameters' encoder, loaded once per process.

    Args:
        allow: Where weights may come from.

    Raises:
        StorageError: when its URI cannot be read.
        InputError: when what is there is not an encoder.
    """
    if parameters.is_direct or parameters.encoder in ENCODERS:
        return encoder_of(parameters)
    version = file_version(parameters.encoder, allow)
    return fetched_encoder(parameters.encoder, version, parameters.pooling, parameters.precision, allow)


@functools.lru_cache(maxsize=2)
def fetched_encoder(uri: str, version: str, pooling: str, precision: str, allow: AllowList) -> Encoder:
    """``version`` makes weights that have changed others."""
    with local_path(uri, allow, MOST_BYTES) as path:
        return encoder_of(Parameters(encoder=str(path), pooling=pooling, precision=precision))
