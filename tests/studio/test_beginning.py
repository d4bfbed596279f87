"""A session that the command line begins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from semstyle.errors import InputError
from semstyle.studio.beginning import begun_session
from semstyle.studio.sessions.collection import SessionCollection
from semstyle.studio.sessions.palette import rgb_of


def test_it_has_what_the_files_have(sessions: SessionCollection, pictures: Path) -> None:
    style, halves = pictures / "style.png", pictures / "style_map.png"
    session = begun_session(sessions, style, halves, pictures / "target_map.png", style)
    document = session.document()
    assert document.name == "style" and document.target.picture and len(document.palette) == 2
    for side, name in ((document.style, "style_map"), (document.target, "target_map")):
        wanted = np.asarray(Image.open(pictures / f"{name}.png"))
        assert np.array_equal(rgb_of(document.palette)[session.map_of(side).numbers], wanted)


def test_what_does_not_fit_leaves_no_session(sessions: SessionCollection, pictures: Path, tmp_path: Path) -> None:
    wide = tmp_path / "wide.png"
    Image.new("RGB", (90, 30)).save(wide)
    with pytest.raises(InputError, match="another aspect"):
        begun_session(sessions, pictures / "style.png", wide, None, None)
    with pytest.raises(InputError, match="--style-map gone"):
        begun_session(sessions, pictures / "style.png", Path("gone"), None, None)
    assert sessions.all() == []
