"""The JSON schema of a spec, by which editors complete keys and underline mistakes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter

from semstyle.engine.parameter import parameter_type
from semstyle.engine.presets import PRESET, PRESETS
from semstyle.manifest.columns import PARAMETER_FIELDS, PRIORITY_COLUMN, SPEC_COLUMNS
from semstyle.manifest.priority import FARTHEST
from semstyle.manifest.specs.document import Jobs, OneJob, SpecJob

DIALECT = "https://json-schema.org/draft/2020-12/schema"
BLOCKS = (SpecJob, OneJob, Jobs)
NOTHING = ("default", None)
NUMBERS = {int: "integer", float: "number"}


def spec_schema() -> dict[str, Any]:
    """Return the JSON schema of a spec: one job, or several. It knows every parameter, with its limits and meaning."""
    schema = TypeAdapter(OneJob | Jobs).json_schema()
    definitions = plain(schema.pop("$defs"), are_names=True)
    for model in BLOCKS:
        keys = definitions[model.__name__]["properties"]
        keys["fixed"] = referring(keys["fixed"], "Fixed")
        keys["grid"], keys["zip"] = referring(keys["grid"], "Varied"), referring(keys["zip"], "Varied")
        keys["presets"] = {"description": keys["presets"]["description"], **varied_values(PRESET)}
        keys["when"] = referring(keys["when"], "Conditions")
    keys = definitions["SampledPoints"]["properties"]
    keys["ranges"] = referring(keys["ranges"], "Ranges")
    definitions["Fixed"] = by_parameter(fixed_value)
    definitions["Varied"] = by_parameter(varied_values)
    definitions["Conditions"] = by_parameter(lambda name: {"type": "string"})
    definitions["Ranges"] = by_parameter(lambda name: {"$ref": "#/$defs/SampledRange"})
    return {"$schema": DIALECT, "title": "A grid spec of semstyle", **plain(schema), "$defs": definitions}


def referring(key: Mapping[str, Any], definition: str) -> dict[str, Any]:
    return {"description": key["description"], "$ref": f"#/$defs/{definition}"}


def plain(part: Any, are_names: bool = False) -> Any:
    """Return a part of a schema without titles and defaults of null, which tell an editor nothing.

    Args:
        are_names: Whether the keys of ``part`` are names of the spec's, such as a key that is called ``title``.
    """
    if isinstance(part, list):
        return [plain(one) for one in part]
    if not isinstance(part, dict):
        return part
    kept = {key: value for key, value in part.items() if are_names or (key != "title" and (key, value) != NOTHING)}
    return {key: plain(value, key == "properties" and not are_names) for key, value in kept.items()}


def by_parameter(value: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """Return the schema of a mapping whose keys are parameters; ``value`` makes that of one parameter's value."""
    properties = {name: {"description": meaning(name), **value(name)} for name in SPEC_COLUMNS}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def meaning(name: str) -> str:
    if name == PRESET:
        return "a name for a set of parameters; those that a row sets by name win"
    if name == PRIORITY_COLUMN:
        return "rows of higher priority are rendered first; 0 by default"
    return str(PARAMETER_FIELDS[name].metadata["meaning"])


def fixed_value(name: str) -> dict[str, Any]:
    """Return the schema of one value of a parameter; numbers may be written as text."""
    if name == PRESET:
        return {"enum": [*PRESETS, None]}
    if name == PRIORITY_COLUMN:
        return number_schema(int, -FARTHEST, FARTHEST)
    field = PARAMETER_FIELDS[name]
    kind, limits = parameter_type(field), field.metadata
    if kind is tuple:
        single = {"type": ["string", "number", "null"]}
        return {"anyOf": [single, {"type": "array", "items": single}]}
    if kind is str:
        return {"enum": [*limits["choices"], None]} if "choices" in limits else {"type": ["string", "null"]}
    return number_schema(kind, limits["low"], limits["high"])


def number_schema(kind: type, low: float, high: float) -> dict[str, Any]:
    return {"anyOf": [{"type": NUMBERS[kind], "minimum": low, "maximum": high}, {"type": ["string", "null"]}]}


def varied_values(name: str) -> dict[str, Any]:
    """Return the schema of several values of a parameter, or of one by itself."""
    one = fixed_value(name)
    return {"anyOf": [one, {"type": "array", "minItems": 1, "items": one}]}


def schema_text() -> str:
    """The schema as it is printed and kept in ``docs/spec.schema.json``."""
    return json.dumps(spec_schema(), indent=1, ensure_ascii=False) + "\n"
