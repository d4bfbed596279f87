"""The columns of a manifest: inputs, a preset, every parameter of the engine, a priority, tags and an id."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable

from semstyle.engine.parameters import Parameters
from semstyle.engine.presets import PRESET

INPUT_COLUMNS = ("style", "style_map", "target_map", "content")
LIST_COLUMNS = ("style", "style_map")
"""The columns in which a row may name several inputs, as a list of text."""
ID_COLUMN = "render_id"
TAGS_COLUMN = "tags"
PRIORITY_COLUMN = "priority"
PARAMETER_FIELDS = {field.name: field for field in dataclasses.fields(Parameters)}
SETTING_COLUMNS = (PRESET, *PARAMETER_FIELDS)
"""The columns from which a row's parameters are made."""
SPEC_COLUMNS = (*SETTING_COLUMNS, PRIORITY_COLUMN)
"""The columns whose values a spec sets by name."""
COLUMNS = (*INPUT_COLUMNS, *SPEC_COLUMNS, TAGS_COLUMN, ID_COLUMN)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean …?`` with the known name that is most like ``name``, or nothing when none is near."""
    matches = difflib.get_close_matches(name.lower().replace("-", "_"), list(known), n=1)
    return f"; did you mean {matches[0]}?" if matches else f"; there are {', '.join(known)}"
