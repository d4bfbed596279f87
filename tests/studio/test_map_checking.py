"""Warnings while one paints."""

from __future__ import annotations

import numpy as np

from semstyle.studio.map_checking import check_session
from semstyle.studio.sessions.document import MapLayer, PaletteLabel
from semstyle.studio.sessions.plane import Plane
from semstyle.studio.sessions.session import StudioSession


def test_shares_are_of_labels_by_number(session: StudioSession) -> None:
    found = check_session(session, session.document())
    assert {one["label"] for one in found["labels"]} == {0, 1}
    assert all(abs(one["style"] - 0.5) < 0.01 and abs(one["target"] - 0.5) < 0.01 for one in found["labels"])


def test_a_label_that_the_style_lacks_is_told_by_its_name(session: StudioSession) -> None:
    document = session.document()
    document.palette.append(PaletteLabel(name="<i>boat</i> #1", color="#ff8000"))
    numbers = session.map_of(document.target).numbers.copy()
    numbers[30:, 20:] = 2
    document.target.painting = MapLayer(plane=session.add_plane(Plane(numbers)))
    (warning,) = [one for one in check_session(session, document)["warnings"] if one["kind"] == "missing"]
    assert warning["message"].startswith("<i>boat</i> #1: ") and warning["labels"] == [2]
    assert "#ff8000" not in warning["message"]
    document.palette[2].name = ""
    (unnamed,) = [one for one in check_session(session, document)["warnings"] if one["kind"] == "missing"]
    assert unnamed["message"].startswith("#ff8000: "), "a label without a name is called by its colour"


def test_two_colours_that_are_nearly_one_are_told(session: StudioSession) -> None:
    document = session.document()
    document.palette.append(PaletteLabel(name="nearly", color="#050505"))
    numbers = np.zeros((48, 64), np.uint8)
    numbers[:16], numbers[16:32] = 1, 2
    for side in (document.style, document.target):
        side.painting = MapLayer(plane=session.add_plane(Plane(numbers)))
    kinds = {one["kind"]: one["labels"] for one in check_session(session, document)["warnings"]}
    assert set(kinds["close"]) == {2, 0} or set(kinds["close"]) == {2, 1}
