"""Presets: names for sets of parameters, a ladder from the photograph to the painting.

``faithful``: the content stays. Outlines, faces and light are the photograph's; the style gives colours and grain.

``balanced``: the defaults. The content is known at a glance, and surfaces are made of the style's strokes.

``painterly``: the style leads. Strokes cross outlines, large shapes stay, and small ones become paint.

A preset changes nothing that is set by name. It does for every method, with content and without.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PRESET = "preset"
"""The name under which a preset is asked for, beside those of the parameters."""

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "faithful": {"content_weight": 25.0},
    "balanced": {},
    "painterly": {"style_weight": 75.0},
}
"""The parameters that each preset sets, from the most of the content to the most of the style."""
