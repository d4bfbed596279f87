"""Labels of painted maps, and what is told of two that do not fit."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from semstyle.engine import InputError, Parameters
from semstyle.maps import SemanticMap, read_map
from semstyle.maps.checking import MapCheck, WarningKind, check_maps
from semstyle.maps.labels import find_labels
from semstyle.maps.preview import LEGEND_WIDTH, preview

RED, BLUE, SKY, WHITE = (200, 30, 20), (20, 60, 200), (60, 90, 230), (255, 255, 255)


def painted(*colors: tuple[int, int, int], size: tuple[int, int] = (160, 120)) -> Image.Image:
    """Columns of the same width."""
    image = Image.new("RGB", size)
    for number, color in enumerate(colors):
        left, right = (size[0] * edge // len(colors) for edge in (number, number + 1))
        image.paste(color, (left, 0, right, size[1]))
    return image


def as_map(image: Image.Image, name: str = "map.png", **options: int) -> SemanticMap:
    file = io.BytesIO()
    image.save(file, "JPEG" if name.endswith("jpg") else "PNG", **options)
    return read_map(file.getvalue(), name)


def check(style: SemanticMap, target: SemanticMap, **values: object) -> MapCheck:
    return check_maps([style], target, Parameters(size=256), **values)


def kinds(found: MapCheck) -> list[WarningKind]:
    return [warning.kind for warning in found.warnings]


def test_maps_that_belong_together_pass_with_their_patches_counted():
    found = check(as_map(painted(RED, BLUE)), as_map(painted(BLUE, RED)))
    assert not found.warnings
    assert {count.label: (count.style_share, count.target_share) for count in found.labels} == {
        "#c81e14": (0.5, 0.5),
        "#143cc8": (0.5, 0.5),
    }
    for count in found.labels:  # of 64×48 pixels at 3_1: 62×46 patches, half of them of each label
        assert count.style_patches == count.target_patches
        assert abs(count.style_patches["3_1"] - 31 * 46) <= 46 and abs(count.style_patches["4_1"] - 15 * 22) <= 22


def test_a_label_that_the_style_lacks():
    found = check(as_map(painted(RED, BLUE)), as_map(painted(RED, BLUE, WHITE)))
    assert kinds(found) == [WarningKind.MISSING]
    assert "#ffffff: 33.8% of the target, and no style has it" in found.warnings[0].message


def test_a_label_of_another_style_is_not_missing():
    styles = [as_map(painted(RED, BLUE)), as_map(painted(WHITE))]
    assert not check_maps(styles, as_map(painted(RED, BLUE, WHITE)), Parameters(size=256)).warnings


@pytest.mark.parametrize(("width", "expected"), [(4, [WarningKind.FEW]), (60, [])])
def test_a_label_with_too_few_patches(width, expected):
    style = painted(BLUE)
    style.paste(RED, (0, 0, width, 40))
    assert kinds(check(as_map(style), as_map(painted(RED, BLUE)))) == expected


def test_a_style_has_no_more_patches_than_its_image():
    style, target = as_map(painted(RED, BLUE)), as_map(painted(BLUE, RED))
    small = torch.zeros(3, 30, 40)
    assert kinds(check(style, target, styles=[small])) == [WarningKind.FEW] * 2
    assert not check(style, target, styles=[torch.zeros(3, 240, 320)]).warnings


def test_two_colours_that_are_nearly_one():
    near = (RED[0], RED[1] + 20, RED[2])
    found = check(as_map(painted(RED, near, BLUE)), as_map(painted(near, BLUE, RED)))
    assert kinds(found) == [WarningKind.CLOSE]
    assert "#c81e14 and #c83214" in found.warnings[0].message and "0.08 apart" in found.warnings[0].message
    assert not check(as_map(painted(SKY, BLUE)), as_map(painted(BLUE, SKY))).warnings


def test_jpeg_keeps_the_labels_and_is_told():
    drawn = Image.new("RGB", (320, 240), BLUE)
    for left in range(0, 320, 80):
        ImageDraw.Draw(drawn).ellipse((left, 10, left + 60, 230), RED)
    labels = find_labels([as_map(drawn), as_map(drawn, "m.jpg", quality=70)])
    assert len(labels.names) == 2
    assert (labels.numbers[0] == labels.numbers[1]).mean() > 0.97
    found = check(as_map(drawn), as_map(drawn, "m.jpg", quality=70))
    assert WarningKind.BLURRED in kinds(found)
    assert any(warning.message.startswith("m.jpg") and "PNG" in warning.message for warning in found.warnings)


def test_smoothed_edges_are_no_labels_and_no_matter():
    large = Image.new("RGB", (640, 480), BLUE)
    ImageDraw.Draw(large).ellipse((100, 80, 500, 400), RED)
    smooth = large.resize((320, 240), Image.Resampling.BOX)
    found = check(as_map(smooth), as_map(smooth))
    assert [count.label for count in found.labels] == ["#143cc8", "#c81e14"] and not found.warnings


def test_soft_maps_have_a_label_for_each_channel():
    rows = np.linspace(0, 1, 40)[:, None, None] * np.ones((1, 60, 1))
    file = io.BytesIO()
    np.save(file, np.concatenate([rows, 1 - rows], 2))
    labels = find_labels([read_map(file.getvalue(), "soft.npy")])
    assert labels.names == ("channel 1", "channel 2")
    assert np.array_equal(labels.numbers[0], (rows[:, :, 0] < 0.5).astype(int))
    assert preview(Image.new("RGB", (60, 40)), labels).height == 640


def test_maps_that_cannot_be_compared():
    grey = as_map(Image.new("L", (8, 8)))
    with pytest.raises(InputError, match="channels differ"):
        find_labels([grey, as_map(painted(RED))])
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 90, 3), np.uint8))
    with pytest.raises(InputError, match=r"no colour covers 0\.3% of it"):
        find_labels([as_map(noise)])


def test_a_preview_shows_image_map_outlines_and_legend():
    image = Image.new("RGB", (480, 360), (100, 100, 100))
    shown = np.asarray(preview(image, find_labels([as_map(painted(RED, BLUE))])))
    assert shown.shape == (720, 960 + LEGEND_WIDTH, 3)
    assert np.array_equal(shown[300, 100], (0.55 * 100 + 0.45 * np.array(RED)).round().astype(int))
    assert np.array_equal(shown[300, 800], (0.55 * 100 + 0.45 * np.array(BLUE)).round().astype(int))
    edge = shown[300, 470:490].astype(int)
    assert edge.min() == 0 and edge.max() == 255, "black beside white, on any colour"
    legend = shown[:, 960:].reshape(-1, 3)
    assert {RED, BLUE} <= {tuple(map(int, color)) for color in np.unique(legend, axis=0)}
