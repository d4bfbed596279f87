"""Common colours against taking them one by one."""

from __future__ import annotations

import torch

from semstyle.engine.inputs.common_colors import common_colors

COLORS = torch.tensor([[0.0, 0, 0], [0, 0, 10], [100, 0, 0], [100, 0, 9], [200, 0, 0], [0, 0, 32]])


def test_shades_are_of_the_commonest_near_them() -> None:
    counts = torch.tensor([50, 60, 30, 5, 2, 40])
    assert common_colors(COLORS, counts, 32.0, 9).tolist() == [1, 2, 4]
    assert common_colors(COLORS, counts, 11.0, 9).tolist() == [1, 5, 2, 4]


def test_colours_as_far_apart_as_asked_are_two() -> None:
    assert common_colors(COLORS, torch.tensor([9, 1, 0, 0, 0, 8]), 32.0, 9).tolist() == [0, 5]


def test_few_pixels_make_no_label_but_the_first() -> None:
    counts = torch.tensor([50, 0, 20, 5, 10, 0])
    assert common_colors(COLORS, counts, 32.0, 9, least=11).tolist() == [0, 2]
    assert common_colors(COLORS, counts, 32.0, 1).tolist() == [0]
    assert common_colors(COLORS[:1], torch.tensor([1]), 0.0, 9, least=100).tolist() == [0]
