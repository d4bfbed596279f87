"""The names of a run's files, whatever format its images have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semstyle.farm.output.layout import committed_ids, finished_ids, image_ids, image_path, pictures, recorded_image
from semstyle.storage import Folder

FILES = [
    *("a.png", "b.webp", "c.jpeg", "d.e.webp", "d.e.target_map.npy", "both.png", "both.webp", "x.png.webp"),
    *("no.jpg", "no.gif", "no.npy", "noext", ".webp", "b.style_map.webp", "b.style_map.png", "B C.webp"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    for place, names in {"images": FILES, "records": ["a", "b", "c", "both", "gone"]}.items():
        (tmp_path / place).mkdir()
        for name in names:
            (tmp_path / place / (name if place == "images" else f"{name}.parquet")).touch()
    return Folder(str(tmp_path))


def test_images_of_all_formats_are_found_and_files_of_others_are_not(folder: Folder) -> None:
    assert sorted(image_ids(folder)) == ["a", "b", "both", "both", "c", "d.e", "x.png"]
    assert sorted(finished_ids(folder)) == ["a", "b", "both", "c"]
    assert set(committed_ids(folder)) - set(finished_ids(folder)) == {"gone"}
    found = {path.removeprefix("images/"): render_id for render_id, path in pictures(folder)}
    assert found == {
        "a.png": "a",
        "b.webp": "b",
        "c.jpeg": "c",
        "d.e.webp": "d.e",
        "d.e.target_map.npy": "d.e",
        "both.png": "both",
        "both.webp": "both",
        "x.png.webp": "x.png",
        "b.style_map.png": "b",
    }


def test_an_image_is_a_png_unless_its_row_says_otherwise() -> None:
    assert [image_path("a"), image_path("a", "webp"), image_path("a", "jpeg")] == [
        "images/a.png",
        "images/a.webp",
        "images/a.jpeg",
    ]


@pytest.mark.parametrize(
    ("image", "path"),
    [
        ("images/a.webp", "images/a.webp"),
        ("images/a.png", "images/a.png"),
        (None, "images/a.png"),
        ("images/b.webp", "images/a.png"),
        ("../job.json", "images/a.png"),
        ("images/a.svg", "images/a.png"),
        (7, "images/a.png"),
    ],
)
def test_a_record_names_its_own_image_and_no_other_file(image: Any, path: str) -> None:
    assert recorded_image({"render_id": "a", "image": image}) == path
    assert recorded_image({"render_id": "a"}) == "images/a.png"
