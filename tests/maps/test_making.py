"""Maps that are made without a model: on textures whose right segmentation is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from textures import columns, disc, picture

from semstyle.maps import parse_asked, read_map
from semstyle.maps.forms import MadeMap
from semstyle.maps.making import MadeMaps, make_maps
from semstyle.maps.memberships import MOST_REPEATS, Memberships, scarcest


def made(style_truth, target_truth, text="auto:3") -> MadeMaps:
    return make_maps([picture(style_truth)], picture(target_truth), parse_asked(text))


def colors_of(one: MadeMap) -> np.ndarray:
    """Each pixel's colour as one number."""
    return one.values.astype(np.int64) @ [65536, 256, 1]


def meanings(one: MadeMap, truth: np.ndarray) -> dict[int, int]:
    """Texture → the colour that covers most of it."""
    colors = colors_of(one)
    return {texture: np.bincount(colors[truth == texture]).argmax() for texture in np.unique(truth)}


def agreement(one: MadeMap, truth: np.ndarray, meaning: dict[int, int]) -> float:
    return float(np.mean(np.vectorize(meaning.get)(truth) == colors_of(one)))


PAIRS = {
    "swapped": (columns(0, 1), columns(1, 0), "auto:2"),
    "three, in another order": (columns(0, 1, 2), columns(2, 0, 1), "auto:3"),
    "other shapes": (columns(0, 1), disc(0, 1), "auto:2"),
    "other shares": (columns(0, 2, at=(0.7,)), columns(2, 0, at=(0.6,)), "auto:2"),
}


@pytest.mark.parametrize("case", PAIRS)
def test_the_same_texture_is_the_same_label_in_both_images_wherever_it_is(case):
    style_truth, target_truth, text = PAIRS[case]
    maps = made(style_truth, target_truth, text)
    meaning = meanings(maps.styles[0], style_truth)
    assert len(set(meaning.values())) == len(meaning), "two textures in one colour"
    assert agreement(maps.styles[0], style_truth, meaning) > 0.95
    assert agreement(maps.target, target_truth, meaning) > 0.95


def test_the_same_images_give_the_same_bytes():
    first, second = (made(columns(0, 1, 2), disc(1, 2), "auto:4") for _ in range(2))
    assert first.files() == second.files()


def test_there_are_no_more_labels_than_asked_and_their_colours_are_far_apart():
    maps = made(columns(0, 1, 2), columns(2, 1, 0), "auto:3")
    colors = np.unique(np.concatenate([one.values.reshape(-1, 3) for one in (*maps.styles, maps.target)]), axis=0)
    assert 2 <= len(colors) <= 3
    gaps = np.linalg.norm(colors[:, None].astype(float) - colors[None], axis=2)
    assert gaps[np.triu_indices(len(colors), 1)].min() >= 127


def test_what_the_style_lacks_takes_a_label_that_it_has():
    maps = made(columns(0, 1), columns(0, 1, 2), "auto:3")
    in_style, in_target = (set(np.unique(colors_of(one))) for one in (maps.styles[0], maps.target))
    assert in_target <= in_style and len(in_target) >= 2


def test_several_styles_share_their_labels():
    truths = [columns(0), columns(1), columns(1, 0)]
    maps = make_maps([picture(truth) for truth in truths[:2]], picture(truths[2]), parse_asked("auto:2"))
    assert list(maps.files()) == ["style_map-1.png", "style_map-2.png", "target_map.png"]
    meaning = {**meanings(maps.styles[0], truths[0]), **meanings(maps.styles[1], truths[1])}
    assert meaning[0] != meaning[1]
    assert agreement(maps.target, truths[2], meaning) > 0.95


def test_soft_maps_have_a_channel_for_each_label_and_sum_to_one():
    maps = made(columns(0, 1), columns(1, 0), "auto:2:soft")
    assert list(maps.files()) == ["style_map.npy", "target_map.npy"]
    style, target = (one.values.astype(np.float32) for one in (maps.styles[0], maps.target))
    assert style.shape == target.shape == (128, 192, 2)
    assert np.allclose(style.sum(2), 1, atol=2e-3)
    left = style[:, :80].mean((0, 1)).argmax()
    assert target[:, 112:, left].mean() > 0.9 > 0.1 > target[:, :80, left].mean()


def test_embedded_maps_are_images_in_which_labels_differ():
    maps = made(columns(0, 1, 2), columns(1, 2, 0), "auto:3:embedded")
    values = maps.styles[0].values.astype(float)
    middles = [values[:, start : start + 40].mean((0, 1)) for start in (12, 76, 140)]
    assert min(np.linalg.norm(middles[a] - middles[b]) for a, b in ((0, 1), (0, 2), (1, 2))) > 60


def test_a_map_is_rendered_as_its_file_is_read(tmp_path: Path):
    for text in ("auto:2", "auto:2:soft", "auto:2:embedded"):
        maps = made(columns(0, 1), columns(1, 0), text)
        for name, content in maps.files().items():
            one = maps.target if name.startswith("target") else maps.styles[0]
            assert torch.equal(one.tensor(), read_map(content, name).values)


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (9, 7), (700, 40)])
def test_images_of_any_size_get_maps_of_their_aspect(size):
    noise = torch.rand(3, *size, generator=torch.Generator().manual_seed(0))
    maps = make_maps([noise], picture(columns(0, 1)), parse_asked("auto"))
    height, width = maps.styles[0].values.shape[:2]
    assert (height, width) == size or abs(width / height - size[1] / size[0]) < 0.01 * size[1] / size[0]


def test_images_of_one_colour_are_told_apart_by_nothing_but_height():
    grey = torch.full((3, 60, 80), 0.5)
    maps = make_maps([grey], grey, parse_asked("auto:4:soft"))
    assert np.array_equal(maps.styles[0].values, maps.target.values)
    labels = maps.target.values.argmax(2)
    assert (labels == labels[:, :1]).mean() > 0.9


def test_labels_that_the_styles_hardly_have_go_worst_first():
    assert scarcest(np.array([50.0, 49.0, 1.0]), np.array([10.0, 10.0, 80.0])) == 2, "repeated 80 times"
    assert scarcest(np.array([99.5, 0.5]), np.array([100.0, 0.0])) == 1, "hardly any"
    assert scarcest(np.array([90.0, 10.0]), np.array([10.0, 90.0])) is None, f"under {MOST_REPEATS} times"
    assert scarcest(np.array([100.0]), np.array([100.0])) is None


def test_labels_easily_confused_are_near_when_embedded():
    """Of three labels, the pixels of two belong to both by turns."""
    from semstyle.maps.forms import label_places

    rng = np.random.default_rng(0)
    share = rng.uniform(0.3, 0.7, (20, 20)).astype(np.float32)
    alike = np.stack([share, 1 - share, np.zeros_like(share)])
    other = np.zeros((3, 20, 20), np.float32)
    other[2] = 1
    places = label_places(Memberships((alike, other), ("a", "b", "c")))
    near, far = np.linalg.norm(places[0] - places[1]), np.linalg.norm(places[0] - places[2])
    assert near < 0.2 * far
