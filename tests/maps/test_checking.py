"""Labels of painted maps, and what is told of two that do not fit."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from painting import SCENE, as_map, jpeg, scene
from PIL import Image, ImageDraw

from semstyle.engine import InputError, Parameters
from semstyle.maps import SemanticMap, read_map
from semstyle.maps.forms import MadeMap
from semstyle.maps.painted.checking import MapCheck, WarningKind, check_maps
from semstyle.maps.painted.labels import find_labels
from semstyle.maps.preview import LEGEND_WIDTH, preview

RED, BLUE, SKY, WHITE = (200, 30, 20), (20, 60, 200), (60, 90, 230), (255, 255, 255)


def painted(*colors: tuple[int, int, int], size: tuple[int, int] = (160, 120)) -> Image.Image:
    """Columns of the same width."""
    image = Image.new("RGB", size)
    for number, color in enumerate(colors):
        left, right = (size[0] * edge // len(colors) for edge in (number, number + 1))
        image.paste(color, (left, 0, right, size[1]))
    return image


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
    labels = find_labels([as_map(drawn), jpeg(drawn, 70)])
    assert len(labels.names) == 2
    assert (labels.numbers[0] == labels.numbers[1]).mean() > 0.99
    (warning,) = check(as_map(drawn), jpeg(drawn, 70, "m.jpg")).warnings
    assert warning.kind == WarningKind.BLURRED
    assert warning.message.startswith("m.jpg was saved as JPEG or painted with a soft brush: ")
    assert "`semstyle map clean m.jpg --like map.png -o m.clean.png` mends it, or save it as PNG" in warning.message


SPOILED = {
    **{f"jpeg {quality}": jpeg(scene(flip=True), quality, "spoiled") for quality in (50, 75, 90, 95)},
    **{f"soft brush {soft}": as_map(scene(flip=True, soft=soft), "spoiled") for soft in (2, 4, 8)},
    "soft brush, jpeg": jpeg(scene(flip=True, soft=3), 75, "spoiled"),
    "enlarged": as_map(scene((256, 192), flip=True).resize((512, 384), Image.Resampling.BICUBIC), "spoiled"),
    "reduced": as_map(scene((1536, 1152), flip=True).resize((512, 384), Image.Resampling.LANCZOS), "spoiled"),
}


@pytest.mark.parametrize("way", SPOILED)
@pytest.mark.parametrize("is_style", [False, True])
def test_of_a_clean_and_a_blurred_map_the_blurred_one_is_blamed_once(way: str, is_style: bool) -> None:
    """A map that is right but for its edges: one warning, whose line names it, and all labels of the clean one."""
    clean, spoiled = as_map(scene(), "clean.png"), SPOILED[way]
    found = check(spoiled, clean) if is_style else check(clean, spoiled)
    (warning,) = found.warnings
    assert warning.kind == WarningKind.BLURRED and warning.message.startswith("spoiled was saved as JPEG or painted")
    assert "`semstyle map clean spoiled --like clean.png -o spoiled.clean.png`" in warning.message
    assert {count.label for count in found.labels} == {"#" + bytes(color).hex() for color in SCENE}
    for count in found.labels:
        assert count.style_share == pytest.approx(count.target_share, abs=0.008), count
        assert min(count.style_share, count.target_share) > 0.0005


@pytest.mark.parametrize("way", SPOILED)
def test_a_label_that_is_truly_missing_is_told_after_the_cause(way: str) -> None:
    sky, sea, _, roof, sun, eye = SCENE
    found = check(as_map(scene(colors=(sky, sea, sea, roof, sun, eye)), "clean.png"), SPOILED[way])
    assert kinds(found) == [WarningKind.BLURRED, WarningKind.MISSING]
    label = found.warnings[1].message.split(":")[0]
    assert np.abs(np.array(list(bytes.fromhex(label[1:]))) - (120, 190, 40)).max() <= 3
    assert ": 19." in found.warnings[1].message or ": 20." in found.warnings[1].message


def test_of_two_blurred_maps_the_better_one_lends_its_colours() -> None:
    found = check(as_map(scene(soft=4), "soft.png"), jpeg(scene(flip=True), 75, "noisy.jpg"))
    (warning,) = found.warnings
    assert warning.message.startswith("noisy.jpg and soft.png were saved as JPEG or painted with a soft brush: 1")
    first, then = "clean noisy.jpg -o noisy.clean.png`", "clean soft.png --like noisy.clean.png -o soft.clean.png`"
    assert 0 < warning.message.index(first) < warning.message.index(then)
    for count in found.labels:
        assert count.style_share == pytest.approx(count.target_share, abs=0.005), count


def test_colours_a_shade_off_are_probably_meant_to_be_one() -> None:
    red, slip, green, other = (255, 0, 0), (254, 0, 0), (0, 200, 0), (3, 200, 9)
    found = check(as_map(painted(red, green, WHITE), "a.png"), as_map(painted(WHITE, other, slip), "my doodle.png"))
    (warning,) = found.warnings
    assert warning.kind == WarningKind.ALIKE
    assert "#ff0000 and #fe0000, #00c800 and #03c809; " in warning.message
    assert (
        "`semstyle map clean 'my doodle.png' --like a.png -o 'my doodle.clean.png'` makes them one" in warning.message
    )
    assert {count.label for count in found.labels} == {"#ff0000", "#00c800", "#ffffff"}, "one row for both"
    assert all(count.style_share == pytest.approx(1 / 3, abs=0.02) for count in found.labels)
    assert all(count.target_share == pytest.approx(1 / 3, abs=0.02) for count in found.labels)


def test_near_colours_that_one_map_has_both_of_are_two() -> None:
    shades = painted((200, 30, 20), (200, 50, 20), BLUE)
    assert kinds(check(as_map(shades), as_map(painted((200, 30, 20), BLUE)))) == [WarningKind.CLOSE]


def test_maps_without_a_common_colour_are_told_so_once() -> None:
    found = check(as_map(painted(RED, WHITE), "a.png"), as_map(painted(BLUE, (0, 0, 0), (0, 200, 0)), "b.png"))
    (warning,) = found.warnings
    assert warning.kind == WarningKind.UNSHARED
    assert warning.message.startswith("b.png shares no colour with a.png: it has #0")
    assert "that has #c81e14, #ffffff." in warning.message or "that has #ffffff, #c81e14." in warning.message


def test_as_many_patches_as_are_needed_are_no_matter() -> None:
    style = painted(BLUE)
    style.paste(RED, (0, 0, 24, 30))
    target = painted(BLUE)
    target.paste(RED, (100, 60, 124, 90))
    assert not check(as_map(style), as_map(target)).warnings


def test_maps_whose_colours_between_labels_are_meant_are_not_blurred() -> None:
    rows = np.linspace(0, 1, 120, dtype=np.float32)[:, None].repeat(160, 1)
    shades = (1 - rows, rows)
    ramp = np.stack([(shade.clip(0.3, 0.7) - 0.3) / 0.4 for shade in (*shades, rows)], 2)
    made = MadeMap((ramp * 255).round().astype(np.uint8), is_embedded=True)
    embedded = read_map(made.file(), "embedded.png")
    assert embedded.channels == "embedded" and not check(embedded, embedded).warnings
    plain = read_map(MadeMap(made.values).file(), "plain.png")
    assert kinds(check(plain, plain)) == [WarningKind.BLURRED]
    assert np.array_equal(plain.values, embedded.values)


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
    with pytest.raises(InputError, match=r"no colour covers an area"):
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
