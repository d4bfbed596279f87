"""The window in which two pictures differ most."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from semstyle.errors import InputError
from semstyle.report.window import Window, most_different


def noise(height: int, width: int, seed: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def test_every_pixel_of_a_window_is_as_it_was() -> None:
    picture = noise(50, 70, 0)
    cut = np.asarray(Window(11, 7, 32, 24).cut_from(picture))
    assert np.array_equal(cut, np.asarray(picture)[7:31, 11:43])


def test_it_is_the_one_of_all_with_the_largest_mean_difference() -> None:
    one, other = noise(20, 30, 1), noise(20, 30, 2)
    differences = np.abs(np.asarray(one, float) - np.asarray(other, float))
    means = {
        (left, top): differences[top : top + 9, left : left + 12].mean() for top in range(12) for left in range(19)
    }
    assert most_different(one, other, 12, 9) == Window(*max(means, key=lambda place: means[place]), 12, 9)


def test_a_patch_that_changed_is_found() -> None:
    one = noise(300, 400, 3)
    changed = np.array(one)
    changed[200:240, 320:380] ^= 255
    left, top, right, bottom = most_different(one, Image.fromarray(changed), 80, 60).box
    assert left <= 320 and right >= 380 and top <= 200 and bottom >= 240


@pytest.mark.parametrize(("size", "expected"), [((400, 60), (360, 60)), ((50, 300), (50, 270)), ((1, 1), (1, 1))])
def test_it_is_no_larger_than_the_pictures(size: tuple[int, int], expected: tuple[int, int]) -> None:
    window = most_different(noise(*size[::-1], 4), noise(*size[::-1], 5), 360, 270)
    assert (window.width, window.height) == expected
    assert window.box[2] <= size[0] and window.box[3] <= size[1]


def test_pictures_of_two_sizes_are_an_error() -> None:
    with pytest.raises(InputError, match="70×50 and 71×50"):
        most_different(noise(50, 70, 0), noise(50, 71, 0), 8, 8)
