"""Choosing, among a network's classes, those that the styles have too, as the labels of maps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from semstyle.errors import InputError
from semstyle.maps.asked import Model
from semstyle.maps.memberships import Memberships, scarcest
from semstyle.maps.networks.loading import opened
from semstyle.maps.networks.network import Network
from semstyle.storage import AllowList

MOST_CHANNELS = 16
"""How many classes are kept at most, as patches are matched by every channel."""


def label_pixels(
    styles: Sequence[Tensor], target: Tensor, model: Model, allow: AllowList, torchscript: bool = False
) -> Memberships:
    """Return a network's class probabilities in all images (3, H, W), over the classes that the styles have enough of.

    A pixel of a class that is left out belongs to those of the rest that it most likely is.

    Args:
        torchscript: Whether a network in TorchScript may be run.

    Raises:
        InputError: when the file is not such a network, or it finds nothing to tell apart.
        StorageError: when the file cannot be read, is too large, or ``allow`` does not allow it.
    """
    with opened(model, allow, torchscript) as network:
        logs = [network.log_probabilities(image) for image in (*styles, target)]
    if len({len(one) for one in logs}) > 1:
        raise InputError(
            f"{network.name}: answers with {len(logs[0])} classes for one image and {len(logs[-1])} for another"
        )
    kept = shared_classes(logs)
    names = names_of(network, len(logs[0]))
    if len(kept) < 2:
        raise InputError(
            f"{network.name}: finds only {names[kept[0]]!r} in the style, or nothing that both images have; such a map "
            "says nothing: use auto, or another network"
        )
    maps = [torch.softmax(one[kept], 0).numpy() for one in logs]
    return Memberships(tuple(maps), tuple(names[number] for number in kept))


def names_of(network: Network, count: int) -> Sequence[str]:
    return network.classes if len(network.classes) == count else [f"class {number}" for number in range(count)]


def shared_classes(logs: Sequence[Tensor]) -> list[int]:
    """Choose the classes to keep, by number, from the log-probabilities (K, h, w) of each image, the target's last."""
    kept = list(range(len(logs[0])))
    while True:
        areas = [class_areas(one[kept]) for one in logs]
        styles: NDArray[np.float64] = np.sum(areas[:-1], 0)
        everywhere = styles + areas[-1]
        if not everywhere.all():
            kept = [number for number, area in zip(kept, everywhere, strict=True) if area]
        elif (scarce := scarcest(styles, areas[-1])) is not None:
            kept.pop(scarce)
        elif len(kept) > MOST_CHANNELS:
            kept.pop(int(everywhere.argmin()))
        else:
            return kept


def class_areas(logs: Tensor) -> NDArray[np.float64]:
    """Count the pixels that are most likely of each class, (K,)."""
    areas: NDArray[np.float64] = torch.bincount(logs.argmax(0).flatten(), minlength=len(logs)).double().numpy()
    return areas
