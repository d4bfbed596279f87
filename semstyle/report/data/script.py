"""Writing data as a script of one line, as a page that was opened from a disk may read scripts and no other file."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

NOT_IN_SCRIPTS = str.maketrans({"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"})
"""What JSON allows in a text and a script does not, or what could end a script."""


def data_script(kind: str, *values: Any) -> bytes:
    """Write ``semstyleData("kind", value, …)``, whatever a stranger's text in the values is."""
    return (
        b",".join([f"semstyleData({as_json(kind)}".encode(), *(as_json(value).encode() for value in values)]) + b")\n"
    )


def as_json(value: Any) -> str:
    """Write JSON in which no text can be markup; a number that JSON has not becomes null."""
    try:
        text = dumps(value)
    except ValueError:
        text = dumps(finite(value))
    # A lone half of a surrogate pair, which JSON may hold, has no UTF-8.
    return text.translate(NOT_IN_SCRIPTS).encode("utf-8", "replace").decode()


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def finite(value: Any) -> Any:
    """Return ``value`` with None in place of each number in it that is not finite."""
    if isinstance(value, dict):
        return {name: finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def digest_of(*parts: bytes) -> str:
    """Return a short hash of ``parts``."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8))
        whole.update(part)
    return whole.hexdigest()[:16]
