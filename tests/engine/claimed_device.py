"""A GPU that is not there: its tensors have their values on the CPU, and tell what a GPU would mind.

Under :class:`ClaimedDevice` tensors that are made on or moved to ``cuda`` claim to be there. Operations on them are the
CPU's, so that values are real. What CUDA refuses raises as it does there: tensors of two devices in one operation,
``numpy()``, a CPU's tensor indexed by a GPU's. What makes the host wait for a GPU is noted with where it was asked.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map

CLAIMED = torch.device("cuda", 0)
READS = {
    *(getattr(Tensor, name) for name in ("item", "tolist", "cpu", "nonzero", "numpy", "__bool__", "__float__")),
    *(getattr(Tensor, name) for name in ("__int__", "__index__", "__array__", "equal", "unique", "bincount")),
    *(getattr(Tensor, name) for name in ("masked_select", "allclose", "argwhere")),
    *(torch.nonzero, torch.equal, torch.unique, torch.bincount, torch.masked_select, torch.allclose, torch.argwhere),
}
"""What must have values, or whose result has a size that depends on them."""
TO_NUMPY = {Tensor.numpy, Tensor.__array__}
MOVES = {Tensor.to, Tensor.cpu, Tensor.cuda, Tensor.type_as, Tensor.copy_, Tensor.new_tensor}
MAKES_TENSORS_OF_VALUES = {torch.tensor, torch.as_tensor, torch.from_numpy, torch.asarray}


class ClaimedDevice(TorchFunctionMode):
    """Within this context there seems to be a GPU.

    Attributes:
        waits: Where the host would have waited for it: the operation, and the line of semstyle that asked.
    """

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[str] = []
        self._memory: dict[int, torch.UntypedStorage] = {}
        """What is on the device, by its address; it is kept, so that no other memory gets the address."""

    def claims(self, tensor: Tensor) -> bool:
        """Whether ``tensor`` is on the device."""
        with torch._C.DisableTorchFunction():
            return tensor.untyped_storage()._cdata in self._memory

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func in {torch.device, torch._C._nn._parse_to, torch._has_compatible_shallow_copy_type}:
            return func(*args, **kwargs)
        if func == Tensor.device.__get__:  # type: ignore[attr-defined]
            return CLAIMED if self.claims(args[0]) else func(*args)
        if func == Tensor.is_cuda.__get__:  # type: ignore[attr-defined]
            return self.claims(args[0])
        if func == Tensor.is_cpu.__get__:  # type: ignore[attr-defined]
            return not self.claims(args[0])
        if func == Tensor.data.__set__:  # type: ignore[attr-defined]
            return func(*args)  # as a network is moved
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        self._check(func, args, kwargs, tensors)
        there = self._is_there(func, args, kwargs, tensors)
        if func in MAKES_TENSORS_OF_VALUES and there:
            self._wait(func)  # a copy from the host's memory
        result = func(*tree_map(on_cpu, args), **tree_map(on_cpu, kwargs))
        return tree_map(lambda leaf: self._placed(leaf, there) if isinstance(leaf, Tensor) else leaf, result)

    def _placed(self, tensor: Tensor, there: bool) -> Tensor:
        """Return what an operation has made, or a copy of it that is where it should be."""
        if self.claims(tensor) == there:
            return tensor
        storage = tensor.untyped_storage()
        is_new = not there or storage._cdata not in self._seen
        if not is_new or not there:
            tensor = tensor.clone(memory_format=torch.preserve_format)
            storage = tensor.untyped_storage()
        if there:
            self._memory[storage._cdata] = storage
        return tensor

    def _check(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], tensors: list[Tensor]
    ) -> None:
        self._seen = {tensor.untyped_storage()._cdata for tensor in tensors}
        here = [tensor for tensor in tensors if not self.claims(tensor)]
        if len(here) == len(tensors):
            return
        if func in TO_NUMPY:
            raise TypeError("can't convert cuda:0 device type tensor to numpy; use Tensor.cpu() first")
        asks_for_cpu = any(names_cpu(leaf) for leaf in tree_leaves((args[1:], kwargs)))
        reads_back = func in MOVES and (asks_for_cpu or not self.claims(args[0]))
        if func in READS or reads_back or masks(func, args):
            self._wait(func)
        if func in {Tensor.__getitem__, Tensor.__setitem__} and self.claims(args[0]):
            if any(tensor.dim() for tensor in here):
                self._wait(func)  # the index or the values are copied to the device
            return
        if func not in MOVES and any(tensor.dim() for tensor in here):
            name = getattr(func, "__name__", str(func))
            raise RuntimeError(f"Expected all tensors to be on the same device, but {name} got some of cuda:0 and cpu")

    def _is_there(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], tensors: list[Tensor]
    ) -> bool:
        """Whether what ``func`` returns would be on the device."""
        if func is Tensor.cpu or func in TO_NUMPY:
            return False
        asked = [leaf for leaf in tree_leaves((args[1:], kwargs)) if is_device(leaf)]
        if asked:
            return any(torch.device(leaf).type == "cuda" for leaf in asked)
        if func in {Tensor.to, Tensor.type_as} and len(args) > 1 and isinstance(args[1], Tensor):
            return self.claims(args[1])
        if func in MOVES or func is Tensor.__setitem__:
            return self.claims(args[0])
        return any(self.claims(tensor) for tensor in tensors)

    def _wait(self, func: Callable[..., Any]) -> None:
        frames = [frame for frame in traceback.extract_stack() if "/semstyle/" in frame.filename]
        place = f"{frames[-1].filename.rpartition('/semstyle/')[2]}:{frames[-1].lineno}" if frames else "a test"
        self.waits.append(f"{getattr(func, '__name__', func)} at {place}")


def is_device(leaf: Any) -> bool:
    return isinstance(leaf, torch.device) or (isinstance(leaf, str) and leaf.partition(":")[0] in {"cuda", "cpu"})


def names_cpu(leaf: Any) -> bool:
    return is_device(leaf) and torch.device(leaf).type == "cpu"


def on_cpu(leaf: Any) -> Any:
    """Say ``cpu`` for the claimed device."""
    if is_device(leaf) and torch.device(leaf).type == "cuda":
        return torch.device("cpu")
    return leaf


def masks(func: Callable[..., Any], args: tuple[Any, ...]) -> bool:
    """Whether an index is a mask, so that the size of the result depends on its values."""
    if func not in {Tensor.__getitem__, Tensor.__setitem__}:
        return False
    index: Iterable[Any] = tree_leaves(args[1])
    return any(isinstance(leaf, Tensor) and leaf.dtype == torch.bool for leaf in index)
