"""The weave, beside one computed in numpy and scipy alone, and where the right value is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter, maximum_filter
from sklearn.datasets import load_sample_image
from torch import Tensor

from semstyle.engine.inputs.resizing import resized
from semstyle.evaluate.weave import FARTHEST, NEAREST, STRIDE, WINDOW, strength, weave

SIDE = 144


def noise(seed: int, height: int = SIDE, width: int = SIDE) -> Tensor:
    return torch.rand(3, height, width, generator=torch.Generator().manual_seed(seed))


def woven(period: int, height: int = SIDE, width: int = SIDE) -> Tensor:
    """One tile of noise again and again."""
    tile = noise(period, period, period)
    return tile.repeat(1, height // period + 1, width // period + 1)[:, :height, :width]


def photograph(name: str) -> Tensor:
    return torch.from_numpy(np.array(load_sample_image(name))).permute(2, 0, 1).float() / 255


def flat_colours() -> Tensor:
    """Flat shapes with straight edges, along which lags are nearly alike."""
    down, across = torch.meshgrid(torch.arange(160), torch.arange(200), indexing="ij")
    return torch.stack([down > 90, across > 110, 2 * down + across > 250]).float()


def plainly(image: Tensor) -> float | None:
    """The same by whole correlations of padded windows, a window at a time."""
    grey = np.round(np.einsum("c,chw->hw", [0.299, 0.587, 0.114], image.double().numpy()) * 255) / 255
    fine = grey - gaussian_filter(grey, 4)
    hann = np.outer(np.hanning(WINDOW), np.hanning(WINDOW))
    middle = 2 * WINDOW - 1
    lag = np.hypot(*(axis - middle // 2 for axis in np.mgrid[:middle, :middle]))
    within = (lag >= NEAREST) & (lag <= FARTHEST)

    def correlation(values: np.ndarray) -> np.ndarray:
        power = np.abs(np.fft.fft2(values, (middle, middle))) ** 2
        return np.fft.fftshift(np.fft.ifft2(power).real)

    heights = []
    for top in range(0, grey.shape[0] - WINDOW + 1, STRIDE):
        for left in range(0, grey.shape[1] - WINDOW + 1, STRIDE):
            tile = fine[top : top + WINDOW, left : left + WINDOW]
            found = correlation((tile - tile.mean()) * hann) / np.maximum(correlation(hann), 1e-3 * (hann**2).sum())
            variance = found[middle // 2, middle // 2]
            if variance > 1e-7:
                peaks = (found == maximum_filter(found, 3)) & within
                heights.append(max(0.0, *(found[peaks] / variance)) if peaks.any() else 0.0)
    return float(np.median(heights)) if heights else None


@pytest.mark.parametrize(
    "image",
    [noise(1), woven(8), photograph("china.jpg")[:, 100:301, 200:420], photograph("flower.jpg")[:, ::3, ::3]],
    ids=["noise", "woven", "china", "flower"],
)
def test_it_is_what_plain_numpy_finds(image: Tensor) -> None:
    assert strength(image) == pytest.approx(plainly(image), abs=1e-3)


def test_straight_edges_are_no_toss_up() -> None:
    assert strength(flat_colours()) == pytest.approx(plainly(flat_colours()), abs=1e-3)


def test_the_style_itself_has_one_and_a_weave_more() -> None:
    style = noise(1)
    assert weave(style, [style]) == 1
    own = strength(style)
    assert own is not None and own < 0.35
    assert weave(woven(8), [style]) == pytest.approx(1 / own, rel=0.05)


@pytest.mark.parametrize("period", [4, 8, 14])
def test_an_exact_repetition_has_about_one_and_so_at_half_the_contrast(period: int) -> None:
    assert strength(woven(period)) == pytest.approx(1, abs=0.05)
    assert strength(0.25 + woven(period) / 2) == pytest.approx(1, abs=0.05)


def test_repetitions_that_are_farther_apart_do_not_count() -> None:
    far = strength(woven(30))
    assert far is not None and far < 0.5


def test_a_large_style_is_seen_at_the_outputs_area_and_a_small_one_at_its_own() -> None:
    large = resized(photograph("china.jpg"), (200, 300))
    assert weave(resized(large, (100, 150)), [large]) == 1
    own, ours = strength(noise(1, 72, 96)), strength(noise(2, 240, 240))
    assert own is not None and ours is not None
    assert weave(noise(2, 240, 240), [noise(1, 72, 96)]) == pytest.approx(ours / own)


def test_several_styles_count_by_their_mean_and_those_without_texture_do_not() -> None:
    image, first, second = noise(1), noise(2), woven(6)
    ours, one, other = map(strength, (image, first, second))
    assert ours is not None and one is not None and other is not None
    assert weave(image, [first, second]) == pytest.approx(ours / ((one + other) / 2))
    assert weave(image, [first, torch.full((3, SIDE, SIDE), 0.5), noise(3, 40, 200)]) == pytest.approx(ours / one)


@pytest.mark.parametrize("bare", [noise(1, 47, 200), noise(1, 200, 47), torch.full((3, 96, 96), 0.4)])
def test_without_a_window_or_texture_there_is_none(bare: Tensor) -> None:
    assert strength(bare) is None
    assert weave(bare, [noise(1)]) is None and weave(noise(1), [bare]) is None
