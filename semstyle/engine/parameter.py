"""One parameter of a render: what it means, its type and limits, and values that are checked against these."""

from __future__ import annotations

import dataclasses
import functools
import math
import re
import types
import typing
from collections.abc import Collection
from typing import Any

from semstyle.engine.label_weights import parse_label_weights
from semstyle.engine.layers import LAYERS
from semstyle.engine.names import nearest_of
from semstyle.errors import ParameterError

NAME = re.compile(r"[A-Za-z0-9_-]+")
"""Text that may be a misspelt word, but no path, as a path has a dot or a slash."""
MOST_NUMBERS = 16
"""How many numbers a parameter that is a list may have."""


def parameter(default: Any, meaning: str, **limits: Any) -> Any:
    """Make a dataclass field with a meaning, for help texts, and limits.

    Limits are ``low``, ``high``, ``choices``, the ``words`` that may stand instead of a URI, and ``empty``, the word
    for an empty list.
    """
    return dataclasses.field(default=default, metadata={"meaning": meaning, **limits})


@functools.cache  # a manifest asks for each row
def parameter_type(spec: dataclasses.Field[Any]) -> type:
    """Return the type of a parameter: ``str``, ``int``, ``float`` or ``tuple`` (see :func:`element_type`)."""
    hint = type_hint(spec)
    kind: type = typing.get_origin(hint) or hint
    return kind


@functools.cache
def element_type(spec: dataclasses.Field[Any]) -> type:
    """Return the type of the elements of a parameter that is a list: ``str`` (layer names) or ``float``."""
    kind: type = typing.get_args(type_hint(spec))[0]
    return kind


def type_hint(spec: dataclasses.Field[Any]) -> Any:
    """Return a parameter's annotation without ``None``; its class must not have annotations that are text."""
    hint = spec.type
    if isinstance(hint, types.UnionType):
        hint = next(option for option in typing.get_args(hint) if option is not type(None))
    return hint


def plain(value: str | float) -> str:
    """Write ``value`` as text that reads back as the same value: 15 for 15.0."""
    return value if isinstance(value, str) else repr(value).removesuffix(".0")


def checked(spec: dataclasses.Field[Any], value: Any) -> Any:
    """Return ``value`` in the parameter's type; raises :class:`ParameterError` when it cannot be."""
    if value is None and spec.default is None:
        return None
    kind = parameter_type(spec)
    if kind is tuple:
        return checked_list(spec, value)
    if kind is str:
        return checked_text(spec, value)
    return checked_number(spec, kind, value)


def checked_list(spec: dataclasses.Field[Any], value: Any) -> tuple[str, ...] | tuple[float, ...]:
    if element_type(spec) is float:
        return checked_numbers(spec, value)
    return checked_layers(spec, value) if "choices" in spec.metadata else checked_label_weights(spec, value)


def checked_label_weights(spec: dataclasses.Field[Any], value: Any) -> tuple[str, ...]:
    """Return the texts of label weights, such as ``#ff0000=3``, each written in one way only."""
    try:
        return tuple(map(str, parse_label_weights(value)))
    except ValueError as error:
        raise ParameterError(spec.name, str(error)) from None


def checked_layers(spec: dataclasses.Field[Any], value: Any) -> tuple[str, ...]:
    if "empty" in spec.metadata and value in (spec.metadata["empty"], (), []):
        return ()
    names = value.split(",") if isinstance(value, str) else value
    try:
        layers = tuple(str(name).strip().removeprefix("relu") for name in names)
    except TypeError:
        raise ParameterError(spec.name, f"{value!r} is not a list of layers such as 3_1,4_1") from None
    for layer in layers:
        if layer not in spec.metadata["choices"]:
            raise ParameterError(spec.name, f"no layer {layer!r}; {meant_layers(layer)}")
    if not layers or len(set(layers)) != len(layers):
        raise ParameterError(spec.name, "name at least one layer, each once, such as 3_1,4_1")
    return layers


def meant_layers(name: str) -> str:
    """Say which layer may be meant by ``name``: those of the block that it names, or all."""
    digits = re.sub(r"[^0-9_]", "", name)
    if digits in LAYERS:
        return f"did you mean {digits}?"
    near = [layer for layer in LAYERS if layer[:2] == digits[:2]]
    return f"block {near[0][0]} has {', '.join(near)}" if near else f"layers are {', '.join(LAYERS)}"


def checked_numbers(spec: dataclasses.Field[Any], value: Any) -> tuple[float, ...]:
    """Return a tuple of numbers made of a list, a single number, or text such as ``0,15,-15``."""
    parts = value.split(",", MOST_NUMBERS) if isinstance(value, str) else value
    if isinstance(parts, int | float):
        parts = [parts]
    if not isinstance(parts, list | tuple):
        raise ParameterError(spec.name, f"{value!r} is not a list of numbers such as 0,15,-15")
    if not 0 < len(parts) <= MOST_NUMBERS:
        raise ParameterError(spec.name, f"{len(parts) or 'no'} numbers; give 1 to {MOST_NUMBERS}, such as 0,15,-15")
    return tuple(float(checked_number(spec, float, part)) for part in parts)


def checked_text(spec: dataclasses.Field[Any], value: Any) -> str:
    if choices := spec.metadata.get("choices"):
        return checked_choice(spec.name, value, choices)
    if not isinstance(value, str) or not value.strip():
        raise ParameterError(spec.name, f"{value!r} is not text")
    words = spec.metadata.get("words", ())
    if NAME.fullmatch(value) and value not in words and (near := nearest_of(value, words)):
        raise ParameterError(spec.name, f"there is no {value!r}; did you mean {near}? A file is written ./{value}")
    return value


def checked_choice(name: str, value: Any, choices: Collection[str]) -> str:
    """Return ``value``, of the parameter ``name``, if it is one of ``choices``; else raises :class:`ParameterError`."""
    if not isinstance(value, str) or not value.strip():
        raise ParameterError(name, f"{value!r} is not text")
    if value not in choices:
        near = nearest_of(value, list(choices))
        raise ParameterError(
            name, f"{value!r} is not one of {', '.join(choices)}" + (f"; did you mean {near}?" if near else "")
        )
    return value


def checked_number(spec: dataclasses.Field[Any], kind: type, value: Any) -> float | int:
    if isinstance(value, bool):
        raise ParameterError(spec.name, f"{value!r} is not a number")
    try:
        number = float(value)
        exact = int(value) if kind is int and not isinstance(value, float) else number
    except (TypeError, ValueError, OverflowError):
        raise ParameterError(spec.name, f"{value!r} is not a {'whole ' if kind is int else ''}number") from None
    low, high = spec.metadata["low"], spec.metadata["high"]
    if not math.isfinite(number) or not low <= exact <= high:
        raise ParameterError(spec.name, f"{value!r} is not between {plain(low)} and {plain(high)}")
    if kind is int and number != int(number):
        raise ParameterError(spec.name, f"{value!r} is not a whole number")
    return int(exact) if kind is int else number
