"""What is set over a spec from outside, as by ``--set size=256,512``: in all jobs, in place of what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from semstyle.engine.parameter import parameter_type
from semstyle.engine.presets import PRESET
from semstyle.errors import InputError
from semstyle.manifest.columns import INPUT_COLUMNS, PARAMETER_FIELDS, SPEC_COLUMNS, nearest
from semstyle.manifest.specs.document import Block

Settings = Mapping[str, Sequence[str]]
"""Parameter → its values, as text."""
AnyBlock = TypeVar("AnyBlock", bound=Block)


def parse_settings(texts: Iterable[str]) -> Settings:
    """Read settings that are written as ``size=256,512``.

    A parameter that is itself a list has commas of its own; several values of it have semicolons between.

    Raises:
        InputError: for what is not written so, is no parameter, or is set twice.
    """
    settings: dict[str, Sequence[str]] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name:
            raise InputError(f"--set {text}: write it as NAME=VALUE[,VALUE], such as style_weight=50,100")
        if name in INPUT_COLUMNS:
            raise InputError(f"--set {text}: this is an input, not a parameter; it stands in the spec")
        if name not in SPEC_COLUMNS:
            raise InputError(f"--set {text}: there is no such parameter{nearest(name, SPEC_COLUMNS)}")
        if name in settings:
            raise InputError(f"--set {text}: {name} is set twice; give all values at once, such as {name}=1,2")
        settings[name] = values_of(name, value)
        if not all(settings[name]):
            raise InputError(f"--set {text}: there is an empty value; write one before and after each comma")
    return settings


def values_of(name: str, value: str) -> list[str]:
    is_list = name in PARAMETER_FIELDS and parameter_type(PARAMETER_FIELDS[name]) is tuple
    separator = ";" if is_list or ";" in value else ","
    return [part.strip() for part in value.split(separator)]


def with_settings(block: AnyBlock, settings: Settings) -> AnyBlock:
    """Return ``block`` with ``settings``: one value is fixed, several are an axis of the grid."""
    if not settings:
        return block
    changed: dict[str, Any] = without(block, set(settings))
    changed["fixed"] = {
        **changed["fixed"],
        **{name: values[0] for name, values in settings.items() if len(values) == 1},
    }
    changed["grid"] = {
        **changed["grid"],
        **{name: list(values) for name, values in settings.items() if len(values) > 1},
    }
    return block.model_copy(update=changed)


def without(block: Block, names: set[str]) -> dict[str, Any]:
    """Return what is left of all that sets parameters in ``block``, once those of ``names`` are taken out."""
    sample = block.sample
    if sample is not None and names.intersection(sample.ranges):
        left = {name: range_ for name, range_ in sample.ranges.items() if name not in names}
        sample = sample.model_copy(update={"ranges": left}) if left else None
    return {
        **{
            key: {name: value for name, value in getattr(block, key).items() if name not in names}
            for key in ("fixed", "grid", "zip")
        },
        "sample": sample,
        "seeds": None if "seed" in names else block.seeds,
        "presets": None if PRESET in names else block.presets,
    }
