"""The values that stand in a spec: parameters', paths, tags."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

KINDS = {bool: "true or false", dict: "a mapping", int: "a number", float: "a number", type(None): "nothing"}
"""What YAML's values are called in messages; others go by Python's names of their types."""
MOST_SEEDS = 1_000_000
LAST_SEED = 2**63 - 1


def kind_of(value: Any) -> str:
    return KINDS.get(type(value), f"a {type(value).__name__}")


def checked_value(value: Any) -> Any:
    """Return ``value`` if it has a type that a parameter may have in YAML; the engine checks its range."""
    for part in value if isinstance(value, list) else (value,):
        if isinstance(part, bool) or not isinstance(part, str | int | float | None):
            raise ValueError(f"{kind_of(part)} is not text, a number or a list of them; text may need quotes")
    return value


def checked_paths(value: Any) -> Any:
    """Return ``value`` if it is text or a list of text."""
    for part in value if isinstance(value, list) else (value,):
        if not isinstance(part, str):
            raise ValueError(f"{kind_of(part)} is not a path or URI, or a list of them; text may need quotes")
    return value


def checked_seeds(value: Any) -> Any:
    """Return ``value`` if it is how many seeds there are, or a list of them."""
    if isinstance(value, list):
        if not value or not all(type(seed) is int and 0 <= seed <= LAST_SEED for seed in value):
            raise ValueError("holds something else than whole numbers from 0 on; for example seeds: [7, 8, 9]")
    elif type(value) is not int or not 1 <= value <= MOST_SEEDS:
        raise ValueError(f"is neither a number from 1 to {MOST_SEEDS:,} nor a list; for example seeds: 5, for 0 to 4")
    return value


def as_list(value: Any) -> Any:
    """Take a value by itself for a list of one."""
    return [value] if isinstance(value, str | int | float) and not isinstance(value, bool) else value


def as_text(value: Any) -> Any:
    """Take a number in a tag, as in ``sheet: 5``, for text."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


SINGLE = [{"type": "string"}, {"type": "number"}, {"type": "null"}]
TEXTS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
VALUE = {"anyOf": [*SINGLE, {"type": "array", "items": {"anyOf": SINGLE}}]}
SEEDS = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": MOST_SEEDS},
        {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 0}},
    ]
}

Value = Annotated[Any, AfterValidator(checked_value), WithJsonSchema(VALUE)]
Paths = Annotated[Any, AfterValidator(checked_paths), WithJsonSchema(TEXTS)]
Seeds = Annotated[Any, AfterValidator(checked_seeds), WithJsonSchema(SEEDS)]
Texts = Annotated[list[str], Field(min_length=1), BeforeValidator(as_list), WithJsonSchema(TEXTS)]
TagText = Annotated[str, BeforeValidator(as_text), WithJsonSchema({"type": ["string", "number"]})]
Tags = dict[str, TagText]
Choices = Annotated[
    list[Value],
    Field(min_length=1),
    BeforeValidator(as_list),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "array", "minItems": 1}]}),
]


class SpecPart(BaseModel):
    """A part of a spec, which may have no other keys than its fields."""

    model_config = ConfigDict(extra="forbid", strict=True)
