"""A render of a night as far as it is compared, small enough to hold tens of thousands."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from semstyle.evaluate.metrics import METRICS
from semstyle.farm.output.layout import recorded_image
from semstyle.report.order import PLACE, Place, place_of
from semstyle.report.varying import PARAMETERS, Result
from semstyle.storage import one_line

METRIC_NAMES = tuple(metric.name for metric in METRICS)
OWN_COLUMNS = ("loss", "render_seconds", "seconds")
NUMBERS = (*METRIC_NAMES, *OWN_COLUMNS)
"""What is compared: all metrics, and the final loss and times of a record."""
INPUT_COLUMNS = ("style", "style_map", "target_map", "content")
TAGS = "tags."
"""How the name of a tag begins among settings."""
READ = (
    *("render_id", *PLACE, *INPUT_COLUMNS, *PARAMETERS),
    *("tags", "inputs", "image", "image_sha256", "metrics", *OWN_COLUMNS),
)
"""The columns that make a :class:`Rendered`."""

Inputs = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """One render of a night.

    Attributes:
        place: Where its row stands in the manifest.
        uris: The texts of the four input columns; an empty tuple for none.
        digests: The SHA-256 of the files in these columns; None when the record does not have them.
        settings: Parameters, and tags as ``tags.NAME``.
        numbers: The values of ``NUMBERS``; NaN where the record has none.
        image: The image's path in its folder.
    """

    render_id: str
    place: Place
    uris: Inputs
    digests: Inputs | None
    settings: Mapping[str, Any]
    numbers: tuple[float, ...]
    image: str
    image_sha256: str | None

    @property
    def method(self) -> str | None:
        return self.settings.get("method")


class RenderedReader:
    """Makes :class:`Rendered` of rows of results; what many rows have in common is held once."""

    def __init__(self) -> None:
        self._settings: dict[Hashable, Mapping[str, Any]] = {}
        self._inputs: dict[Inputs, Inputs] = {}

    def rendered(self, result: Result) -> Rendered:
        uris = tuple((str(result[column]),) if result[column] else () for column in INPUT_COLUMNS)
        digests = digests_of(result)
        return Rendered(
            result["render_id"],
            place_of(result),
            self._inputs.setdefault(uris, uris),
            None if digests is None else self._inputs.setdefault(digests, digests),
            self._shared_settings(result),
            numbers_of(result),
            recorded_image(result),
            result["image_sha256"],
        )

    def _shared_settings(self, result: Result) -> Mapping[str, Any]:
        values = tuple(result[name] for name in PARAMETERS)
        tags = tuple(sorted(result["tags"] or ()))
        found = self._settings.get((values, tags))
        if found is None:
            named = {f"{TAGS}{name}": value for name, value in tags}
            found = self._settings[values, tags] = {**dict(zip(PARAMETERS, values, strict=True)), **named}
        return found


def digests_of(result: Result) -> Inputs | None:
    """Return the SHA-256 of each input file, by column; a column without files, such as of made maps, has its text.

    Returns:
        None when a record does not say of which files it was made.
    """
    if not result["inputs"]:
        return None
    found: dict[str, list[str]] = {column: [] for column in INPUT_COLUMNS}
    for file in result["inputs"]:
        if file["column"] in found:
            found[file["column"]].append(file["sha256"] or file["uri"])
    return tuple(
        tuple(files) if (files := found[column]) else (str(result[column]),) if result[column] else ()
        for column in INPUT_COLUMNS
    )


def numbers_of(result: Result) -> tuple[float, ...]:
    """Return the values of ``NUMBERS``; no metric is looked for among columns: ``coherence`` is a parameter there."""
    found = {**dict(result["metrics"] or ()), **{name: result[name] for name in OWN_COLUMNS}}
    values = (found.get(name) for name in NUMBERS)
    return tuple(float(value) if value is not None and math.isfinite(value) else math.nan for value in values)


def shown(value: Any) -> str:
    """Write a value of a setting, which may be a stranger's text, for a reader: on one line and redacted."""
    if value is None:
        return "–"
    return f"{value:g}" if isinstance(value, float) else one_line(str(value)) or "empty"
