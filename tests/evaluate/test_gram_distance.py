"""Distances of Gram matrices that can be worked out by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from semstyle.evaluate.gram_distance import gram_distance
from semstyle.evaluate.labels import MapLabels


def features(seed: int, height: int = 12, width: int = 16) -> Tensor:
    return torch.rand(6, height, width, generator=torch.Generator().manual_seed(seed))


def filled(left: tuple[float, float], right: tuple[float, float]) -> Tensor:
    """Two channels on 4 × 4 pixels: the left column of pixels, and the other three."""
    columns = torch.tensor([left, right, right, right]).t()
    return columns[:, None].expand(2, 4, 4).contiguous()


def labels(*columns: int) -> Tensor:
    return torch.tensor(columns).expand(4, len(columns)).contiguous()


def test_the_style_itself_has_none_wherever_things_are() -> None:
    style = features(0)
    assert gram_distance(style, [style], None) == 0
    elsewhere = style.flatten(1)[:, torch.randperm(192, generator=torch.Generator().manual_seed(1))].view(6, 16, 12)
    assert gram_distance(elsewhere, [style], None) == pytest.approx(0, abs=1e-6)
    assert gram_distance(elsewhere, [style[:, :5], style[:, 5:]], None) == pytest.approx(0, abs=1e-6)


def test_twice_the_features_are_four_times_the_gram_matrix() -> None:
    style = features(0)
    assert gram_distance(2 * style, [style], None) == pytest.approx(3, rel=1e-5)
    assert gram_distance(torch.zeros_like(style), [style], None) == pytest.approx(1)


def test_each_label_counts_by_its_area() -> None:
    # Of the left label G is diag(1, 0) in both; of the right one diag(0, 4) here and diag(0, 1) in the style.
    output, style = filled((1, 0), (0, 2)), filled((1, 0), (0, 1))
    found = gram_distance(output, [style], MapLabels(labels(0, 1, 1, 1), (labels(0, 1, 1, 1),)))
    assert found == pytest.approx(3 * 3 / 4)
    # The whole image: diag(1/4, 3) here, diag(1/4, 3/4) in the style.
    assert gram_distance(output, [style], None) == pytest.approx(2.25 / (1 / 16 + 9 / 16) ** 0.5)


def test_the_right_features_under_the_wrong_label_are_as_far_as_they_are_apart() -> None:
    style = filled((1, 0), (0, 1))
    swapped = MapLabels(labels(1, 0, 0, 0), (labels(0, 1, 1, 1),))
    assert gram_distance(style, [style], swapped) == pytest.approx(2**0.5)


def test_labels_that_no_style_has_are_left_out() -> None:
    output, style = filled((1, 0), (0, 2)), filled((1, 0), (0, 1))
    assert gram_distance(output, [style], MapLabels(labels(0, 9, 9, 9), (labels(0, 1, 1, 1),))) == 0
    assert gram_distance(output, [style], MapLabels(labels(9), (labels(0, 1, 1, 1),))) is None
