"""torchvision's segmentation networks, by name; their weights are torchvision's, or a file's."""

from __future__ import annotations

import io
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models import get_model, get_model_weights

from semstyle.engine.errors import InputError
from semstyle.maps.networks.network import MOST_CLASSES, Network

LAST_LAYERS = ("classifier.4.weight", "classifier.low_classifier.weight")
AUXILIARY = "aux_classifier."


def downloaded(name: str) -> Network:
    """With torchvision's weights, downloaded when first used.

    Raises:
        InputError: when that fails.
    """
    weights = get_model_weights(name).DEFAULT
    try:
        state = weights.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except (OSError, RuntimeError) as error:
        raise InputError(
            f"{name}: could not download {weights.url} ({error}); download it elsewhere and name the file: "
            f"auto:{name}@URI"
        ) from error
    return with_state(name, state, name, tuple(weights.meta["categories"]))


def with_weights(name: str, data: bytes, source: str) -> Network:
    """With the weights in a file: a state dict as torchvision saves it, or safetensors.

    Raises:
        InputError: when it is neither, or another network's.
    """
    try:
        state = read_safetensors(data) if data[8:9] == b"{" else torch.load(io.BytesIO(data), "cpu", weights_only=True)
    except Exception:  # what damaged or hostile files make the readers raise is not documented
        # Not torch's words: they advise to load the file with whatever code it brings.
        raise InputError(f"{source}: neither safetensors nor a state dict of tensors") from None
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise InputError(f"{source}: holds something else than a state dict of tensors")
    return with_state(name, state, source)


def read_safetensors(data: bytes) -> dict[str, Tensor]:
    from safetensors.torch import load

    return load(data)


def with_state(name: str, state: dict[str, Tensor], source: str, classes: tuple[str, ...] = ()) -> Network:
    last = next((state[key] for key in LAST_LAYERS if key in state), None)
    if last is None or not 2 <= len(last) <= MOST_CLASSES:
        raise InputError(f"{source}: not the weights of torchvision's {name}")
    model = get_model(name, weights=None, weights_backbone=None, num_classes=len(last))
    needed = {key: value for key, value in state.items() if not key.startswith(AUXILIARY)}  # used in training only
    try:
        model.load_state_dict(needed)
    except RuntimeError:
        raise InputError(f"{source}: not the weights of torchvision's {name}, or of a changed one") from None
    return Network(evaluated(model), source, classes=classes)


def evaluated(model: nn.Module) -> Any:
    return model.requires_grad_(False).eval()
