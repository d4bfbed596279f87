"""What is checked of a job beyond the types of its values; every message begins with the key."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from semstyle.engine.parameter import parameter_type
from semstyle.engine.presets import PRESET
from semstyle.manifest.columns import PARAMETER_FIELDS, PRIORITY_COLUMN, SPEC_COLUMNS, nearest
from semstyle.manifest.condition import Condition
from semstyle.manifest.errors import ManifestError
from semstyle.manifest.specs.document import Block, SampledRange
from semstyle.manifest.specs.settled import what_decides


def check_parameters(block: Block, prefix: str, uri: str) -> None:
    """Check that every parameter is one, is set in one place, and can be varied as it is.

    Raises:
        ManifestError: naming the key.
    """
    ranges = block.sample.ranges if block.sample else {}
    parts: dict[str, Iterable[str]] = {
        "grid": block.grid,
        "zip": block.zip,
        "sample.ranges": ranges,
        "fixed": block.fixed,
        "when": block.when,
    }
    for part, names in parts.items():
        for name in names:
            if name not in SPEC_COLUMNS:
                message = f"{prefix}{part}.{name}: there is no such parameter{nearest(name, SPEC_COLUMNS)}"
                raise ManifestError(message, uri)
    check_places(block, prefix, uri)
    lengths = {name: len(values) for name, values in block.zip.items()}
    for name, length in lengths.items():
        first = next(iter(lengths))
        if length != lengths[first]:
            message = (
                f"zip.{name}: is a list of {length:,}, and zip.{first} of {lengths[first]:,}; in step they are as long"
            )
            raise ManifestError(f"{prefix}{message}", uri)
    for name, range_ in ranges.items():
        if problem := range_problem(name, range_):
            raise ManifestError(f"{prefix}sample.ranges.{name}: {problem}", uri)


def check_places(block: Block, prefix: str, uri: str) -> None:
    """Refuse a parameter that is set in two places, as in ``grid`` and ``fixed``."""
    places = {
        "grid": list(block.grid),
        "zip": list(block.zip),
        "sample.ranges": list(block.sample.ranges) if block.sample else [],
        "seeds": ["seed"] if block.seeds is not None else [],
        "presets": [PRESET] if block.presets is not None else [],
        "fixed": list(block.fixed),
    }
    seen: dict[str, str] = {}
    for part, names in places.items():
        for name in names:
            if name in seen:
                key = f"{part}: {name}" if part in {"seeds", "presets"} else f"{part}.{name}: it"
                raise ManifestError(f"{prefix}{key} is in {seen[name]} too; keep one", uri)
            seen[name] = part


def range_problem(name: str, range_: SampledRange) -> str | None:
    """Say why the parameter ``name`` cannot be sampled from ``range_``; None if it can."""
    if range_.choices is not None or range_.low is None or range_.high is None:
        return None
    if name == PRIORITY_COLUMN:
        return "priorities are not sampled from an interval; give choices"
    field = PARAMETER_FIELDS.get(name)
    if field is None or parameter_type(field) not in {int, float}:
        return f"{name} is not one number; give choices"
    low, high = field.metadata["low"], field.metadata["high"]
    if range_.low < low or range_.high > high:
        return f"{range_.low:g} to {range_.high:g} is not within {low:g} to {high:g}"
    return None


def conditions(texts: list[str] | None, key: str, uri: str) -> tuple[Condition, ...]:
    """Read the conditions that stand under ``key``."""
    return tuple(parsed(text, f"{key}[{number}]", uri) for number, text in enumerate(texts or ()))


def parsed(text: str, key: str, uri: str) -> Condition:
    try:
        return Condition.parse(text)
    except ValueError as error:
        raise ManifestError(f"{key}: {error}", uri) from None


def ordered_conditions(block: Block, prefix: str, uri: str) -> tuple[tuple[str, Condition], ...]:
    """Read ``when``, and put each condition after those on whose parameters it depends.

    Raises:
        ManifestError: for a condition that cannot be read, depends on itself, or is on a parameter that is not set.
    """
    read = {name: parsed(text, f"{prefix}when.{name}", uri) for name, text in block.when.items()}
    for name in read:
        if name not in block.names():
            raise ManifestError(f"{prefix}when.{name}: no value of {name} is given here; put some under grid", uri)
    needs = {
        name: read.keys() & {part for looked_at in condition.names() for part in what_decides(looked_at)}
        for name, condition in read.items()
    }
    try:
        order = list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        cycle = error.args[1][::-1]
        message = f"{prefix}when.{cycle[0]}: depends on {', which depends on '.join(cycle[1:])}; leave one out"
        raise ManifestError(message, uri) from None
    return tuple((name, read[name]) for name in order)
