"""What a condition compares: the values of rows, and those that are written in the condition."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from semstyle.engine.parameter import checked, checked_choice, parameter_type
from semstyle.engine.presets import PRESET, PRESETS
from semstyle.manifest.columns import INPUT_COLUMNS, PARAMETER_FIELDS, PRIORITY_COLUMN
from semstyle.manifest.row import URI_PARAMETERS, Row

TAGS = "tags."
NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
NULL = "null"
ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
PATHS = (*INPUT_COLUMNS, *URI_PARAMETERS)
"""The names under which paths stand; the end of a path, after a slash, is enough to name it."""


class Values(Protocol):
    """What a condition is held against: a row, wherever it comes from."""

    def value(self, name: str) -> Any:
        """Return what the row has under ``name`` (``tags.NAME`` for a tag), and None when it has nothing.

        Parameters come in their own types, inputs as text or a tuple of texts.
        """


@dataclass(frozen=True)
class RowValues:
    """A row of a manifest, with its defaults."""

    row: Row

    def value(self, name: str) -> Any:
        if name.startswith(TAGS):
            return self.row.tags.get(name.removeprefix(TAGS))
        if name in INPUT_COLUMNS:
            return self.row.inputs[name]
        if name == PRIORITY_COLUMN:
            return self.row.priority
        if name == "content_weight":
            return self.row.parameters.weight_of_content(self.row.content is not None)
        return getattr(self.row.parameters, name)


@dataclass(frozen=True)
class Literal:
    """A value in a condition: as it is written, and in the type of what it is compared with; None for ``null``."""

    text: str
    value: Any


def literal_of(name: str, compare: str, text: str, is_quoted: bool) -> Literal:
    """Read a value that is compared with what rows have under ``name``.

    Raises:
        ValueError: when it cannot be compared so.
        ParameterError: when the parameter has no such value.
    """
    field = PARAMETER_FIELDS.get(name)
    is_number = name == PRIORITY_COLUMN or (field is not None and parameter_type(field) in {int, float})
    if compare in ORDERS and not is_number and not name.startswith(TAGS):
        raise ValueError(f"{name} is text, which {compare} does not compare; use =, != or in")
    if compare not in ORDERS and text == NULL and not is_quoted:
        return Literal(text, None)
    if is_number or compare in ORDERS:
        number = as_number(text)
        if number is None:
            raise ValueError(f"{name} is compared with a number, and {text[:40]} is none")
        return Literal(text, number)
    if name == PRESET:
        return Literal(text, checked_choice(PRESET, text, PRESETS))
    return Literal(text, text if field is None else checked(field, text))


def as_number(value: Any) -> int | float | None:
    """Return a number, or a text that is one, as a number; None for anything else."""
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str) or not NUMBER.fullmatch(value):
        return None
    return int(value) if value.lstrip("+-").isdigit() else float(value)


def is_equal(name: str, value: Any, literal: Literal) -> bool:
    """Whether ``value``, which a row has under ``name``, is what ``literal`` says."""
    if literal.value is None or value is None:
        return value is None and literal.value is None
    if name in PATHS:
        paths = value if isinstance(value, tuple) else (value,)
        return any(path == literal.text or path.endswith(f"/{literal.text}") for path in paths)
    if name.startswith(TAGS):
        number = as_number(literal.text)
        return bool(value == literal.text or (number is not None and as_number(value) == number))
    return bool(value == literal.value)
