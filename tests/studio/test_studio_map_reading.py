"""Maps from elsewhere, and labels that are made."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from semstyle.errors import InputError
from semstyle.studio.errors import StudioError
from semstyle.studio.map_reading import automatic_maps, painted_map
from semstyle.studio.sessions.document import MapSide
from semstyle.studio.sessions.palette import first_palette, rgb_of
from semstyle.studio.sessions.picture import kept_picture
from semstyle.studio.sessions.session import StudioSession


def file_of(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def halves(height: int = 48, width: int = 64) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2] = (200, 30, 30)
    return pixels


def test_a_painted_map_is_taken_over_pixel_by_pixel() -> None:
    found = painted_map(file_of(halves()), "map", first_palette(), None)
    (plane,) = found.planes
    assert np.array_equal(rgb_of(found.palette)[plane.numbers], halves())
    assert [label.name for label in found.palette[6:]] == ["black", "red"] and plane.size == (64, 48)


def test_a_map_from_a_jpeg_has_its_labels_and_no_others() -> None:
    clean = painted_map(file_of(halves(96, 128)), "map", [], None)
    found = painted_map(file_of(halves(96, 128), "JPEG"), "map", clean.palette, None)
    assert len(np.unique(found.planes[0].numbers)) == 2
    assert (found.planes[0].numbers[:40] == found.planes[0].numbers[0, 0]).all()


def test_grey_and_large_maps_are_read_too() -> None:
    grey = painted_map(file_of(halves()[:, :, 0]), "map", [], None)
    assert {label.color for label in grey.palette} == {"#000000", "#c8c8c8"}
    large = painted_map(file_of(halves(1500, 3000)), "map", [], None)
    assert large.planes[0].size == (1000, 500) and len(np.unique(large.planes[0].numbers)) == 2


def test_what_is_no_map_for_the_picture_is_refused() -> None:
    picture = kept_picture(file_of(halves(48, 48)), "x").file
    with pytest.raises(InputError, match="another aspect"):
        painted_map(file_of(halves()), "map", [], picture)
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    with pytest.raises(InputError, match="flat"):
        painted_map(file_of(noise), "map", [], None)
    array = io.BytesIO()
    np.save(array, np.zeros((8, 8, 2), np.float32))
    with pytest.raises(StudioError, match="flat colours"):
        painted_map(array.getvalue(), "map", [], None)


def test_labels_are_made_of_both_pictures_together(session: StudioSession) -> None:
    document = session.document()
    scene = halves(96, 128)
    scene[:48] = (90, 150, 230)
    scene[48:] = (60, 110, 40)
    scene = np.clip(scene + np.random.default_rng(0).normal(0, 6, scene.shape), 0, 255).astype(np.uint8)
    for side, pixels in (("style", scene), ("target", scene[::-1])):
        kept = kept_picture(file_of(np.ascontiguousarray(pixels)), "x")
        setattr(document, side, MapSide(width=64, height=48, picture=session.add_picture(kept)))
    found = automatic_maps(session, document, 2)
    style, target = (plane.numbers for plane in found.planes)
    assert style.shape == target.shape == (48, 64), "they have the size of what is painted over them"
    assert style[4, 30] == target[-4, 30] != style[-4, 30] == target[4, 30]
    alone = automatic_maps(session, document.model_copy(update={"target": MapSide(width=64, height=48)}), 2)
    assert len(alone.planes) == 1


def test_without_a_style_there_is_nothing_to_label(session: StudioSession) -> None:
    document = session.document()
    document.style.picture = None
    with pytest.raises(StudioError, match="no style yet"):
        automatic_maps(session, document, 4)


def test_a_map_of_a_stranger_names_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError) as told:
        painted_map(b"PAR1", "<b>x</b>", [], None)
    assert str(told.value).startswith("<b>x</b>: not a PNG")
