"""Render ids: what names a render's files, and when two rows are one render."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from semstyle.engine.parameters import Parameters
from semstyle.storage import redact

ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
RESERVED_END = re.compile(r"\.(?:style_map(?:-\d+)?|target_map)$", re.IGNORECASE)
"""The ends of names that maps beside an image have, as in ``<id>.style_map.png``; no id may end so."""
ID_DIGITS = 20
DEFAULTS = vars(Parameters())


def check_id(value: Any) -> str:
    """Return ``value`` if it can name a file on any system.

    Raises:
        ValueError: in words for the user.
    """
    if not isinstance(value, str) or not ID_PATTERN.fullmatch(value):
        raise ValueError(
            f"{redact(str(value))[:140]!r} is not an id: a letter or digit, then up to 127 letters, digits, dots, "
            "dashes or underscores"
        )
    if end := RESERVED_END.search(value):
        raise ValueError(f"{value!r} ends in {end[0]}, which names the maps that are stored beside an image")
    return value


def default_id(inputs: Mapping[str, str | tuple[str, ...] | None], parameters: Parameters) -> str:
    """Return a hash of the inputs and of the parameters that differ from their defaults.

    Defaults are left out so that a parameter added later does not rename what is already rendered.
    """
    # Those of these three depend on other parameters.
    dependent = {
        "detail_layers": parameters.default_details,
        "variety": parameters.traits.variety,
        "quality": parameters.default_quality,
    }
    defaults = {**DEFAULTS, **dependent}
    changed = {name: value for name, value in vars(parameters).items() if value != defaults[name]}
    return digest([dict(inputs), changed])


def fallback_id(values: Mapping[str, Any]) -> str:
    """Return a hash of a row as it stands in the file, for a row that cannot be rendered."""
    return digest(["as given", {name: repr(value) for name, value in values.items() if value is not None}])


def digest(document: Any) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]
