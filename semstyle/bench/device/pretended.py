"""This module moves what a render has to a device that is not there, to see what would be asked of it."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

PRETENDED = torch.device("meta")
"""Tensors here have shapes and no values, so that nothing is computed. What tells a CPU from other devices takes it for
one of the others; Python's device of real GPUs would do as well, if autograd did not ask the GPU for its context."""


class PretendedDevice:
    """Makes copies of what it is given whose tensors are on the pretended device."""

    def __init__(self) -> None:
        self._moved: dict[int, tuple[Any, Any]] = {}

    def holding(self, value: Any) -> Any:
        """Return a copy of ``value``: of a tensor, a collection, a network, or an object of this package.

        What ``value`` holds twice its copy holds twice, also over several calls.
        """
        known = self._moved.get(id(value))
        if known is None:
            # The original is kept as well: an id is another object's once its own is gone.
            known = self._moved[id(value)] = (value, self._copy(value))
        return known[1]

    def _copy(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            return without_values(value)
        if isinstance(value, nn.Module):
            return network_without_values(value)
        if isinstance(value, dict):
            return {key: self.holding(one) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            moved = [self.holding(one) for one in value]
            return type(value)(*moved) if hasattr(value, "_fields") else type(value)(moved)
        if not type(value).__module__.startswith("semstyle.") or not hasattr(value, "__dict__"):
            return value
        moved = copy.copy(value)
        for name, one in vars(value).items():
            object.__setattr__(moved, name, self.holding(one))
        return moved


def without_values(tensor: Tensor) -> Tensor:
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device=PRETENDED)


def network_without_values(network: nn.Module) -> nn.Module:
    moved = copy.deepcopy(network)
    for module in moved.modules():
        for name, weight in list(module.named_parameters(recurse=False)):
            module.register_parameter(name, nn.Parameter(without_values(weight), requires_grad=False))
    return moved
