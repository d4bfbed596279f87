"""What a render is made from: a row of a manifest whose files are in the session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from semstyle.engine.parameters import Parameters
from semstyle.errors import ParameterError
from semstyle.images import encode_png
from semstyle.manifest.row import BadRow, Position, Row, make_row
from semstyle.studio.errors import StudioError
from semstyle.studio.sessions.document import MapSide, SideName, StudioDocument
from semstyle.studio.sessions.palette import rgb_of
from semstyle.studio.sessions.picture import LONG_SIDE
from semstyle.studio.sessions.session import StudioSession

PREVIEW = {"size": 192, "iterations": 40}
"""Parameters of a preview, whatever the render's own are."""


@dataclass(frozen=True)
class RenderOrder:
    """A render to make here.

    Attributes:
        base: The session's folder: relative paths start there, and nothing outside it is read.
        values: Column of a manifest → value.
    """

    base: str
    values: dict[str, Any]

    def row(self) -> Row:
        """Check the row.

        Raises:
            StudioError: when something is missing, or a parameter out of its range.
        """
        row = make_row(self.values, Position("the studio", 1), self.base)
        if isinstance(row, BadRow):
            raise StudioError(f"{row.column}: {row.message}")
        return row


def settled_parameters(document: StudioDocument, is_preview: bool) -> dict[str, Any]:
    """Return the parameters of a render of ``document``; a preview is small and quick.

    Raises:
        StudioError: when the picture would be larger than one may be here.
    """
    values: dict[str, Any] = dict(document.parameters)
    if is_preview:
        values |= {"size": min(PREVIEW["size"], int(values.get("size", PREVIEW["size"])))}
        values["iterations"] = min(PREVIEW["iterations"], int(values.get("iterations", PREVIEW["iterations"])))
    try:
        size = Parameters.from_mapping(values).size
    except ParameterError as error:
        raise StudioError(str(error)) from None
    if size > LONG_SIDE:
        raise StudioError(f"size: {size} is more than the {LONG_SIDE} pixels that are rendered here; use a cluster")
    return values


def map_file(session: StudioSession, document: StudioDocument, side: MapSide) -> bytes:
    """Return a side's map as a PNG in flat colours."""
    numbers = session.map_of(side).numbers
    return encode_png(Image.fromarray(rgb_of(document.palette)[numbers]))


def write_order(session: StudioSession, document: StudioDocument, folder: str, is_preview: bool) -> RenderOrder:
    """Write the maps of a render into ``folder`` of the session, as later strokes must not change it.

    Raises:
        StudioError: when there is no style, or a parameter is out of its range.
    """
    if document.style.picture is None:
        raise StudioError("there is no style yet; load a painting or a photograph on the left")
    sides: tuple[SideName, SideName] = ("style", "target")
    for name in sides:
        session.write(f"{folder}/{name}_map.png", map_file(session, document, document.side(name)))
    values = {
        "style": f"pictures/{document.style.picture}.png",
        "style_map": f"{folder}/style_map.png",
        "target_map": f"{folder}/target_map.png",
        "content": f"pictures/{document.target.picture}.png" if document.target.picture else None,
        **settled_parameters(document, is_preview),
    }
    order = RenderOrder(str(session.path), values)
    order.row()
    return order


def described(values: Mapping[str, Any]) -> dict[str, str | int | float]:
    """Return the parameters among an order's ``values``, for the page."""
    inputs = {"style", "style_map", "target_map", "content"}
    return {name: value for name, value in values.items() if name not in inputs and value is not None}
