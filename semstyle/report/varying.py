"""Finding the columns of a table of results that tell its renders apart, and naming them in a few words."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from semstyle.engine.parameters import Parameters

Result = Mapping[str, Any]
Tags = tuple[tuple[str, str], ...]

PARAMETERS = tuple(field.name for field in dataclasses.fields(Parameters))
INPUTS = ("style", "target_map", "content")
SETTLED_BY = {"content_weight": ("content",), "phases": ("method", "size")}
"""Columns that, where a row leaves them out, get their value from others: column → those others."""


def varying(results: Sequence[Result], columns: Sequence[str] = PARAMETERS) -> list[str]:
    """Return those of ``columns`` whose values differ between results and do not merely follow from other columns."""
    return [
        column
        for column in columns
        if len({result[column] for result in results}) > 1 and not is_settled(column, results)
    ]


def is_settled(column: str, results: Sequence[Result]) -> bool:
    """Whether ``column`` tells no more results apart than the columns that its value comes from."""
    others = SETTLED_BY.get(column)
    if others is None:
        return False
    keys = [tuple(result[other] for other in others) for result in results]
    return len(set(keys)) == len({(*key, result[column]) for key, result in zip(keys, results, strict=True)})


def tags_of(result: Result) -> Tags:
    """A result's tags in order of their names."""
    return tuple(sorted(result["tags"] or ()))


def title_of(tags: Tags) -> str:
    return ", ".join(f"{name}: {value}" for name, value in tags) or "without tags"


def sort_key(result: Result, columns: Sequence[str]) -> tuple[tuple[bool, Any], ...]:
    """Return a key that sorts results by ``columns``; nulls come last."""
    return tuple((result[column] is None, result[column] if result[column] is not None else 0) for column in columns)


def caption(result: Result, columns: Sequence[str]) -> list[str]:
    """Write ``column value`` for each of ``columns``; of a URI only the last part."""
    return [f"{column.replace('_', ' ')} {short(result[column])}" for column in columns]


def short(value: Any) -> str:
    if value is None:
        return "default"
    if isinstance(value, float):
        return f"{value:g}"
    return " + ".join(uri.rstrip("/").rsplit("/", 1)[-1] for uri in uris_of(str(value)))


def uris_of(text: str) -> list[str]:
    """Return the URIs in one column's text, where several stand as a JSON list."""
    if not text.startswith('["'):
        return [text]
    try:
        return [str(uri) for uri in json.loads(text)]
    except ValueError:
        return [text]
