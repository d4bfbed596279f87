"""`semstyle map check` while one paints: labels counted, and what will go wrong said in their names."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from semstyle.engine.parameters import Parameters
from semstyle.images import to_tensor
from semstyle.maps import SemanticMap
from semstyle.maps.painted.checking import MapCheck, check_maps
from semstyle.studio.renders.order import settled_parameters
from semstyle.studio.sessions.document import MapSide, StudioDocument
from semstyle.studio.sessions.palette import rgb_of
from semstyle.studio.sessions.session import StudioSession

COLOR = re.compile(r"#[0-9a-f]{6}\b")


def check_session(session: StudioSession, document: StudioDocument) -> dict[str, Any]:
    """Count the labels of both maps, and say what is the matter with them, as a render would have them."""
    parameters = Parameters.from_mapping(settled_parameters(document, is_preview=False))
    found = check_maps(
        [semantic_map(session, document, document.style, "the style's map")],
        semantic_map(session, document, document.target, "the doodle"),
        parameters,
    )
    return told_by_name(found, document)


def semantic_map(session: StudioSession, document: StudioDocument, side: MapSide, name: str) -> SemanticMap:
    colors = rgb_of(document.palette).astype(np.float32) / np.float32(255)
    return SemanticMap(to_tensor(colors[session.map_of(side).numbers]), "RGB", name)


def told_by_name(found: MapCheck, document: StudioDocument) -> dict[str, Any]:
    """Return what was found, with the labels' names in place of their colours."""
    names = {label.color: label.name or label.color for label in reversed(document.palette)}
    numbers = {label.color: number for number, label in reversed(list(enumerate(document.palette)))}
    return {
        "labels": [
            {"label": numbers.get(one.label), "style": one.style_share, "target": one.target_share}
            for one in found.labels
        ],
        "warnings": [
            {
                "kind": str(one.kind),
                "message": COLOR.sub(lambda color: names.get(color[0], color[0]), one.message),
                "labels": [numbers[color] for color in COLOR.findall(one.message) if color in numbers],
            }
            for one in found.warnings
        ],
    }
