"""A row of a spec as conditions see it: with its preset and its defaults, before anyone has checked it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from semstyle.engine.parameter import checked
from semstyle.engine.parameters import DEFAULT_CONTENT_WEIGHT, Parameters
from semstyle.engine.presets import PRESET, PRESETS
from semstyle.errors import ParameterError
from semstyle.manifest.columns import INPUT_COLUMNS, PARAMETER_FIELDS, PRIORITY_COLUMN
from semstyle.manifest.compared import TAGS
from semstyle.manifest.priority import checked_priority

DECIDING = ("method", "style_layers", "format")
"""The parameters on which the defaults of others depend."""
LAYERS_DECIDE = ("method", "style_layers")
DECIDED = {
    "style_layers": LAYERS_DECIDE,
    "detail_layers": LAYERS_DECIDE,
    "variety": LAYERS_DECIDE,
    "quality": ("format",),
}
"""The parameters whose default depends on others, and on which."""


@dataclass(frozen=True)
class WrittenValues:
    """A row as a spec writes it.

    Attributes:
        row: Inputs and parameters, by name; None and what is missing stand for the default.
    """

    row: Mapping[str, Any]
    tags: Mapping[str, str]

    def value(self, name: str) -> Any:
        """Return what the row has under ``name``, with its defaults.

        Raises:
            ParameterError: when the row has a value there that cannot be.
        """
        if name.startswith(TAGS):
            return self.tags.get(name.removeprefix(TAGS))
        if name in INPUT_COLUMNS:
            value = self.row.get(name)
            return tuple(value) if isinstance(value, list) else value or None
        if name == PRESET:
            return self.row.get(PRESET)
        if name == PRIORITY_COLUMN:
            return self._priority()
        given = self._given(name)
        if name == "content_weight" and not self.row.get("content"):
            return 0.0
        if given is not None and name != "quality":
            return checked(PARAMETER_FIELDS[name], given)
        if name == "content_weight":
            return DEFAULT_CONTENT_WEIGHT
        default = getattr(defaults_by(*(as_written(self._given(part)) for part in DECIDING)), name)
        # Only a format that has a quality takes the one that is given.
        return default if given is None or default is None else checked(PARAMETER_FIELDS[name], given)

    def _priority(self) -> int:
        try:
            return checked_priority(self.row.get(PRIORITY_COLUMN))
        except ValueError as error:
            raise ParameterError(PRIORITY_COLUMN, str(error)) from None

    def _given(self, name: str) -> Any:
        value = self.row.get(name)
        return PRESETS.get(as_written(self.row.get(PRESET)), {}).get(name) if value is None else value


def as_written(value: Any) -> Any:
    """Return ``value`` as one that can be a key; YAML's lists of layers are text with commas, too."""
    return ",".join(map(str, value)) if isinstance(value, list) else value


@functools.lru_cache(maxsize=1000)
def defaults_by(*values: Any) -> Parameters:
    """Return the defaults of a row that has these values of ``DECIDING``; None where it has none."""
    return Parameters.from_mapping(dict(zip(DECIDING, values, strict=True)))


def what_decides(name: str) -> frozenset[str]:
    """Return the names of all that the value of ``name`` may depend on in a row, itself among them."""
    found = {name}
    found.update(DECIDED.get(name, ()))
    if name == "content_weight":
        found.add("content")
    if any(part in preset for preset in PRESETS.values() for part in tuple(found)):
        found.add(PRESET)
    return frozenset(found)
