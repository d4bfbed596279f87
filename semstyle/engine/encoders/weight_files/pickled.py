"""Following the pickle that ``torch.save`` makes of a state dict, without running it: nothing is imported, called or
allocated, whatever the pickle asks for.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from semstyle.engine.encoders.weight_files.forgery import UnusableWeights

LONGEST_PICKLE = 2**20
PUSHING = {"BINUNICODE", "SHORT_BINSTRING", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"}
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
REBUILT_TENSORS = ("torch._utils _rebuild_tensor", "torch._utils _rebuild_tensor_v2")
REBUILT_PARAMETER = "torch._utils _rebuild_parameter"
PARAMETER = "torch.nn.parameter Parameter"
ORDERED_DICT = "collections OrderedDict"
STORAGE_PARTS = (5, 6)


@dataclass(frozen=True)
class Name:
    """The name of a class or function, written ``module name``."""

    text: str


@dataclass(frozen=True)
class Storage:
    """A run of numbers outside the pickle.

    Attributes:
        kind: The name of its class, such as ``torch FloatStorage``.
        count: How many numbers it has.
    """

    kind: str
    key: str
    count: int


@dataclass(frozen=True)
class StorageView:
    """A tensor, which is part of a storage; its ``shape``, ``stride`` and ``offset`` are not checked yet."""

    storage: Storage
    offset: Any
    shape: tuple[Any, ...]
    stride: tuple[Any, ...]


class UnfilledParameter:
    """A parameter whose tensor comes later, with its state, as in files from before torch 0.4."""


@dataclass(frozen=True)
class Pairs:
    """A dict as a list of its pairs, not checked yet, as Python 2 wrote it."""

    pairs: Any


def followed(stream: BinaryIO) -> Any:
    """Return what the pickle at ``stream``'s position describes: dicts, lists, text, numbers, :class:`StorageView`, ….

    Time and memory are in proportion to the pickle's length, which the caller has to bound.

    Raises:
        UnusableWeights: for anything that is not in a state dict's pickle. A damaged pickle makes Python raise others.
    """
    machine = Machine()
    for opcode, argument, _ in pickletools.genops(stream):
        if opcode.name == "STOP":
            return machine.stack.pop()
        machine.step(opcode.name, argument)
    raise UnusableWeights("a pickle without an end")


class Machine:
    """Has the stack and the memory that a pickle works on, and follows its steps."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._marks: list[int] = []
        self._memory: dict[int, Any] = {}
        self._steps: dict[str, Callable[[Any], None]] = {
            "PROTO": lambda _: None,
            "MARK": lambda _: self._marks.append(len(self.stack)),
            "EMPTY_DICT": lambda _: self.stack.append({}),
            "EMPTY_LIST": lambda _: self.stack.append([]),
            "TUPLE": lambda _: self.stack.append(tuple(self._above_mark())),
            "APPEND": lambda _: self._extend(self._above(1)),
            "APPENDS": lambda _: self._extend(self._above_mark()),
            "SETITEM": lambda _: self._set(self._above(2)),
            "SETITEMS": lambda _: self._set(self._above_mark()),
            "GLOBAL": lambda name: self.stack.append(Name(name)),
            "BINPERSID": lambda _: self.stack.append(storage_of(self.stack.pop())),
            "REDUCE": lambda _: self.stack.append(made(*self._above(2))),
            "NEWOBJ": lambda _: self.stack.append(made(*self._above(2))),
            "BUILD": lambda _: self.stack.append(with_state(*self._above(2))),
            "BINPUT": self._keep,
            "LONG_BINPUT": self._keep,
            "BINGET": self._recall,
            "LONG_BINGET": self._recall,
        }

    def step(self, opcode: str, argument: Any) -> None:
        """Follow one step.

        Raises:
            UnusableWeights: for a step that no state dict needs.
        """
        if opcode in PUSHING:
            self.stack.append(argument)
        elif opcode in CONSTANTS:
            self.stack.append(CONSTANTS[opcode])
        elif opcode in TUPLES:
            self.stack.append(tuple(self._above(TUPLES[opcode])))
        elif opcode in self._steps:
            self._steps[opcode](argument)
        else:
            raise UnusableWeights(f"a pickle with {opcode}")

    def _above(self, count: int) -> list[Any]:
        """Take the last ``count`` things off the stack."""
        if count > len(self.stack):
            raise UnusableWeights("a damaged pickle")
        place = len(self.stack) - count
        taken = self.stack[place:]
        del self.stack[place:]
        return taken

    def _above_mark(self) -> list[Any]:
        return self._above(len(self.stack) - self._marks.pop())

    def _keep(self, number: int) -> None:
        self._memory[number] = self.stack[-1]

    def _recall(self, number: int) -> None:
        self.stack.append(self._memory[number])

    def _extend(self, values: list[Any]) -> None:
        if not isinstance(self.stack[-1], list):
            raise UnusableWeights("a damaged pickle")
        self.stack[-1].extend(values)

    def _set(self, pairs: list[Any]) -> None:
        if not isinstance(self.stack[-1], dict):
            raise UnusableWeights("a damaged pickle")
        self.stack[-1].update(checked_pairs(zip(pairs[::2], pairs[1::2], strict=True)))


def checked_pairs(pairs: Any) -> dict[str, Any]:
    """Make a dict of pairs, whose names must be text: to hash a stranger's tuples of tuples can take for ever."""
    result = {}
    for name, value in pairs:
        if not isinstance(name, str):
            raise UnusableWeights("a name that is not text")
        result[name] = value
    return result


def storage_of(identity: Any) -> Storage:
    """Return the storage that a pickle refers to as ``("storage", kind, key, device, count, …)``."""
    if not isinstance(identity, tuple) or len(identity) not in STORAGE_PARTS or identity[0] != "storage":
        raise UnusableWeights("a reference to something else than a storage")
    kind, key, _, count = identity[1:5]
    if not isinstance(kind, Name) or not isinstance(key, str):
        raise UnusableWeights("a damaged reference to a storage")
    return Storage(kind.text, key, count)


def made(name: Any, arguments: Any) -> Any:
    """Return what calling ``name`` would make, if it is one of the few that make tensors and the dict around them."""
    if not isinstance(name, Name) or not isinstance(arguments, tuple):
        raise UnusableWeights("a damaged pickle")
    if name.text == ORDERED_DICT:
        return Pairs(arguments[0]) if arguments else {}
    if name.text in REBUILT_TENSORS:
        return view_of(*arguments[:4])
    if name.text in (PARAMETER, REBUILT_PARAMETER):
        return arguments[0] if arguments else UnfilledParameter()
    raise UnusableWeights(f"a pickle that asks for {name.text[:60]!r}")


def view_of(storage: Any, offset: Any, shape: Any, stride: Any) -> StorageView:
    if not isinstance(storage, Storage) or not isinstance(shape, tuple) or not isinstance(stride, tuple):
        raise UnusableWeights("a tensor without a storage or a shape")
    return StorageView(storage, offset, shape, stride)


def with_state(thing: Any, state: Any) -> Any:
    """Return ``thing`` with the state that a pickle gives it later; only a parameter's tensor is of interest."""
    return state[0] if isinstance(thing, UnfilledParameter) else thing
