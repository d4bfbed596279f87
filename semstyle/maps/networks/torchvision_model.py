"""Filling torchvision's segmentation networks with weights from a file."""

from __future__ import annotations

import io

import torch
from torch import Tensor, nn
from torchvision.models import get_model

from semstyle.errors import InputError
from semstyle.maps.networks.answers import MOST_CLASSES

LAST_LAYERS = ("classifier.4.weight", "classifier.low_classifier.weight")
AUXILIARY = "aux_classifier."


def with_weights(network: str, data: bytes) -> nn.Module:
    """Return torchvision's ``network`` with the weights in a file: torchvision's state dict, or safetensors.

    Raises:
        InputError: when the file is neither, or holds another network's weights.
    """
    try:
        state = read_safetensors(data) if data[8:9] == b"{" else torch.load(io.BytesIO(data), "cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception:  # what damaged or hostile files make the readers raise is not documented
        # Not torch's words: they advise to load the file with whatever code it brings.
        raise InputError("neither safetensors nor a state dict of tensors") from None
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise InputError("holds something else than a state dict of tensors")
    return with_state(network, state)


def read_safetensors(data: bytes) -> dict[str, Tensor]:
    from safetensors.torch import load

    return load(data)


def with_state(network: str, state: dict[str, Tensor]) -> nn.Module:
    """Return torchvision's ``network`` with the tensors of a state dict, for as many classes as they are for.

    Raises:
        InputError: when they are another network's.
    """
    last = next((state[key] for key in LAST_LAYERS if key in state), None)
    if last is None or not last.ndim or not 2 <= len(last) <= MOST_CLASSES:
        raise InputError(f"not the weights of torchvision's {network}")
    model: nn.Module = get_model(network, weights=None, weights_backbone=None, num_classes=len(last))
    needed = {key: value for key, value in state.items() if not key.startswith(AUXILIARY)}  # used in training only
    try:
        model.load_state_dict(needed)
    except RuntimeError:
        raise InputError(f"not the weights of torchvision's {network}, or of a changed one") from None
    return model.requires_grad_(False).eval()
