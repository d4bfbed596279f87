"""torchvision's segmentation networks with torchvision's own weights, which need no confinement."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torchvision.models import get_model_weights

from semstyle.errors import InputError
from semstyle.maps.networks.answers import Values, class_values
from semstyle.maps.networks.network import Network
from semstyle.maps.networks.torchvision_model import with_state


def downloaded(name: str) -> Network:
    """Return torchvision's network ``name`` with torchvision's weights, which are downloaded when first used.

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
    model = with_state(name, state)

    def run(image: Tensor) -> Values:
        with torch.no_grad():
            return class_values(arrays_of(model(image)))

    return Network(run, name, classes=tuple(weights.meta["categories"]))


def arrays_of(answer: Any) -> list[Any]:
    """Return the tensors in whatever a model answers with, as arrays."""
    parts = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list | tuple) else [answer]
    return [part.detach().cpu().float().numpy() for part in parts if isinstance(part, Tensor)]
