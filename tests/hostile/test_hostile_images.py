"""Strangers' image files: the right picture, or one clear line and quarantine."""

from __future__ import annotations

import re
import tracemalloc
from pathlib import Path

import forged_images as forged
import pytest
import torch
from PIL import Image
from settling import SMALL, settled

from semstyle.images import decode_image
from semstyle.manifest import BadRow, Position, load_inputs
from semstyle.manifest.row import make_row


def loaded(folder: Path, name: str) -> torch.Tensor:
    row = make_row({**SMALL, "style": name}, Position(str(folder / "m.parquet"), 1), str(folder))
    assert not isinstance(row, BadRow)
    return load_inputs(row).styles[0]


@pytest.mark.parametrize("case", forged.REFUSED)
def test_quarantined_with_one_line(case: str, folder: Path) -> None:
    content, message = forged.REFUSED[case]
    (folder / "hostile.png").write_bytes(content)
    line = settled(folder, {"style": "hostile.png"})
    assert line is not None
    assert re.search(message, line), line


@pytest.mark.parametrize("column", ["content", "init"])
@pytest.mark.parametrize("case", ["zero bytes", "svg", "jpeg half", "png of 60,000 by 60,000"])
def test_other_columns_are_read_as_carefully(case: str, column: str, folder: Path) -> None:
    (folder / "hostile.png").write_bytes(forged.REFUSED[case][0])
    line = settled(folder, {"style": "style.png", column: "hostile.png"})
    assert line is not None and "hostile.png" in line


@pytest.mark.parametrize("case", forged.ACCEPTED)
def test_the_right_picture(case: str, folder: Path) -> None:
    content, colour = forged.ACCEPTED[case]
    (folder / "odd.png").write_bytes(content)
    picture = loaded(folder, "odd.png")
    assert picture.shape == (3, 32, 48)
    expected = torch.tensor(colour)[:, None, None].expand_as(picture)
    assert (picture - expected).abs().max() < 0.02


@pytest.mark.parametrize("orientation", range(2, 9))
def test_upright_however_the_camera_was_held(orientation: int, folder: Path) -> None:
    (folder / "turned.png").write_bytes(forged.turned(orientation))
    picture = loaded(folder, "turned.png")
    assert picture.shape == (3, 32, 48)
    assert picture[0, :, :24].min() == 1 and picture[:, :, 24:].max() == 0


@pytest.mark.parametrize(
    "name", ["really-a-png.jpg", "really-a-png.npy", "really-a-png.exe", "no extension", "ends.with.dots..."]
)
def test_the_content_counts_and_not_the_name(name: str, folder: Path) -> None:
    (folder / name).write_bytes(forged.saved(forged.plain()))
    assert loaded(folder, name).shape == (3, 32, 48)
    assert settled(folder, {"style": "style.png", "content": name}) is None


def test_a_canvas_much_larger_than_its_file_is_refused_before_it_is_painted() -> None:
    tracemalloc.start()
    for case in ("png of 60,000 by 60,000", "webp of 60,000 by 60,000", "jpeg of 60,000 by 60,000"):
        with pytest.raises(Exception, match="more than"):
            decode_image(forged.REFUSED[case][0], "bomb")
    assert tracemalloc.get_traced_memory()[1] < 5e6
    tracemalloc.stop()


def test_every_forgery_named_a_picture_is_one_for_others_too() -> None:
    """The tables mean what they say: another reader opens what is accepted."""
    for content, _ in forged.ACCEPTED.values():
        with Image.open(forged.BytesIO(content)) as image:
            assert image.size == (48, 32)
