"""What is said of a row's maps before they are rendered."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import torch
from painting import SCENE, as_map, file_of, jpeg, scene
from PIL import Image

from semstyle.manifest.inputs import load_inputs
from semstyle.manifest.row import Position, Row, make_row
from semstyle.maps import SemanticMap
from semstyle.maps.painted.remarks import map_remarks

SHIFTED = tuple((255 - red, 255 - green, 255 - blue) for red, green, blue in SCENE)


def test_maps_that_fit_are_passed_over_in_silence() -> None:
    for style, target in (
        (scene(), scene(flip=True)),
        (scene(), scene((1024, 768), flip=True).resize((512, 384), Image.Resampling.BOX)),
        (scene((1600, 1200)), scene((300, 200))),
        (scene(), scene(colors=tuple((red, green, max(blue - 1, 0)) for red, green, blue in SCENE))),
        (Image.new("L", (9, 9), 7), Image.new("L", (1, 1), 7)),
    ):
        assert not map_remarks([as_map(style)], as_map(target))


@pytest.mark.parametrize("quality", [50, 95])
def test_a_blurred_map_is_named_with_what_mends_it(quality: int) -> None:
    (line,) = map_remarks([as_map(scene(), "a.png")], jpeg(scene(flip=True), quality, "b.jpg"))
    assert line.startswith("b.jpg was saved as JPEG or painted with a soft brush: 1")
    assert "`semstyle map clean b.jpg --like a.png -o b.clean.png`" in line and "\n" not in line
    (line,) = map_remarks([as_map(scene(soft=3), "a.png")], as_map(scene(), "b.png"))
    assert line.startswith("a.png was saved") and "clean a.png --like b.png" in line


def test_maps_that_share_no_colour_are_told() -> None:
    (line,) = map_remarks([as_map(scene(), "a.png")], as_map(scene(colors=SHIFTED), "b.png"))
    assert line.startswith("b.png shares no colour with a.png: it has #af730f, ") and "that has #508cf0" in line
    styles = [as_map(scene(), "a.png"), as_map(scene(colors=SHIFTED), "c.png")]
    assert not map_remarks(styles, as_map(scene(colors=SHIFTED), "b.png")), "one of the styles has them"


def test_both_are_told_of_a_map_that_is_both() -> None:
    lines = map_remarks([as_map(scene(), "a.png")], jpeg(scene(colors=SHIFTED), 75, "b.jpg"))
    assert [line.split(" ")[1] for line in lines] == ["was", "shares"]


def test_a_photograph_in_place_of_a_map_is_told_and_two_maps_of_depth_are_not() -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 90, 3), np.uint8))
    (line,) = map_remarks([as_map(noise, "a.png")], as_map(scene(), "b.png"))
    assert line == ("a.png can share no colour with b.png: only 0.0% of it is flat, as in a photograph; give its map")
    assert not map_remarks([as_map(noise)], as_map(noise))


def test_nothing_is_said_of_soft_maps_and_an_idle_alpha() -> None:
    values = torch.rand(3, 40, 60)
    assert not map_remarks([SemanticMap(values, "npy", "a.npy")], SemanticMap(values, "npy", "b.npy"))
    assert not map_remarks([SemanticMap(values, "embedded", "a.png")], jpeg(scene(), 50))
    assert not map_remarks([as_map(scene().convert("RGBA"))], as_map(scene(flip=True)))


def test_the_largest_maps_cost_a_fraction_of_a_second() -> None:
    drawn = np.asarray(scene((512, 384), soft=3)).transpose(2, 0, 1)
    large = torch.from_numpy(drawn.repeat(16, 1).repeat(16, 2).astype(np.float32) / 255)
    assert large.shape[1:] == (6144, 8192)
    clean = as_map(scene())
    map_remarks([clean], clean)
    begun = time.perf_counter()
    (line,) = map_remarks([clean], SemanticMap(large, "RGB", "large.png"))
    assert line.startswith("large.png was saved")
    assert time.perf_counter() - begun < 5, "reading all of it takes longer"


def test_what_is_known_of_a_map_is_not_that_of_another_in_its_place() -> None:
    for number in range(20):  # values that are gone leave their place in memory to the next
        image = scene((64, 48), soft=3) if number % 2 else scene((64, 48))
        assert len(map_remarks([as_map(scene((64, 48)))], as_map(image))) == number % 2


def test_loading_a_row_remarks_on_its_maps(tmp_path: Path) -> None:
    for name, image in {"style": scene((64, 48)), "style_map": scene((64, 48)), "target_map": scene((64, 48))}.items():
        (tmp_path / f"{name}.png").write_bytes(file_of(image))
    (tmp_path / "blurred.jpg").write_bytes(file_of(scene((128, 96)), "JPEG", quality=60))

    def inputs(target_map: str | None) -> tuple[str, ...]:
        maps = {"style_map": "style_map.png", "target_map": target_map} if target_map else {}
        row = make_row({"style": "style.png", **maps}, Position("m.parquet", 1), str(tmp_path))
        assert isinstance(row, Row)
        loaded = load_inputs(row)
        assert "remarks" not in loaded.as_dict()
        return loaded.remarks

    assert inputs("target_map.png") == inputs(None) == ()
    (line,) = inputs("blurred.jpg")
    assert "blurred.jpg was saved as JPEG" in line and f"--like {tmp_path}/style_map.png" in line
