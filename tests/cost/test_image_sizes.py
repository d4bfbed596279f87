"""The sizes of images, from their headers."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from semstyle.cost import image_sizes
from semstyle.cost.image_sizes import ImageSizes
from semstyle.engine import Parameters
from semstyle.manifest import Position, Row
from semstyle.storage import AllowList


def row(style: Path, target_map: Path | None = None) -> Row:
    maps = None if target_map is None else (str(target_map),)
    target = None if target_map is None else str(target_map)
    return Row((str(style),), maps, target, None, Parameters(), {}, "x", Position("m", 1))


def looked_at(*rows: Row, **options: object) -> ImageSizes:
    with closing(ImageSizes(**options)) as sizes:
        sizes.look(rows)
        return sizes


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_height_and_width_of_each_format(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (700, 900, 3), np.uint8)).save(path)
    assert looked_at(row(path)).of(str(path)) == (700, 900)


def test_a_photograph_that_lies_on_its_side_is_upright(tmp_path: Path) -> None:
    path, exif = tmp_path / "a.jpg", Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 30)).save(path, exif=exif)
    assert looked_at(row(path)).of(str(path)) == (40, 30)


def test_arrays_have_a_size_too(tmp_path: Path) -> None:
    picture, array = tmp_path / "a.png", tmp_path / "map.npy"
    Image.new("RGB", (8, 6)).save(picture)
    np.save(array, np.zeros((12, 16, 5), np.float32))
    assert looked_at(row(picture, array)).of(str(array)) == (12, 16)
    np.save(array, np.zeros(12, np.float32))
    assert looked_at(row(picture, array)).unknown == [str(array)]


def test_what_is_no_image_is_missing_or_not_allowed_is_unknown(tmp_path: Path) -> None:
    text, missing, elsewhere = tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c.png"
    text.write_text("hello")
    Image.new("RGB", (8, 6)).save(elsewhere)
    sizes = looked_at(row(text), row(missing), row(elsewhere), allow=AllowList((f"{tmp_path}/other/",)))
    assert sizes.unknown == [str(text), str(missing), str(elsewhere)]
    assert looked_at(row(elsewhere)).unknown == []


def test_each_file_is_read_once_and_no_more_than_its_beginning(monkeypatch, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path in paths:
        Image.new("RGB", (8, 6)).save(path)
    read: list[str] = []
    real = image_sizes.read_start
    monkeypatch.setattr(image_sizes, "read_start", lambda uri, allow: read.append(uri) or real(uri, allow))
    with closing(ImageSizes()) as sizes:
        sizes.look([row(path) for path in paths * 5])
        sizes.look([row(paths[0])])
    assert sorted(read) == list(map(str, paths))


def test_only_so_many_are_remembered_and_the_last_ones_stay(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(image_sizes, "REMEMBERED", 2)
    rows = [row(tmp_path / f"{number}.png") for number in range(5)]
    assert len(looked_at(*rows).unknown) == 2


def test_without_time_nothing_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (8, 6)).save(path)
    sizes = looked_at(row(path), seconds=0.0)
    assert sizes.of(str(path)) is None and sizes.unknown == []
