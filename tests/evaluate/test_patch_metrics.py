"""Metrics of nearest patches, on features made so that the right match is known."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from semstyle.evaluate.labels import MapLabels
from semstyle.evaluate.leak import semantic_leak
from semstyle.evaluate.nearest import nearest
from semstyle.evaluate.usage import coherence, patch_coverage, repetition

CHANNELS = 8


def features(height: int, width: int, seed: int = 0) -> Tensor:
    return torch.randn(CHANNELS, height, width, generator=torch.Generator().manual_seed(seed))


def repeated(tile: Tensor, rows: int, columns: int) -> Tensor:
    """``tile`` so many times, and two pixels more, so that every patch across its seams is there as well."""
    return torch.cat([tile] * (columns + 1), 2).repeat(1, rows + 1, 1)[
        :, : rows * tile.shape[1] + 2, : columns * tile.shape[2] + 2
    ]


def test_the_style_itself_is_used_evenly_and_whole() -> None:
    style = features(20, 30)
    found = nearest(style, [style])
    assert patch_coverage(found) == repetition(found) == coherence(found) == 1
    assert float(found.distance.max()) < 1e-5


def test_a_tile_is_repeated_as_often_as_it_is_laid() -> None:
    tile = features(16, 16)
    style = torch.cat([repeated(tile, 1, 1), features(18, 52, seed=1)], 2)
    found = nearest(repeated(tile, 2, 2), [style])
    assert repetition(found) == 4
    assert patch_coverage(found) == 256 / 1024
    assert coherence(found) == pytest.approx(1 - 2 * 32 / (2 * 31 * 32))  # only the tiles' two seams jump


def test_an_image_larger_than_its_style_has_to_repeat_it() -> None:
    tile = features(16, 16)
    found = nearest(repeated(tile, 2, 2), [repeated(tile, 1, 1)])
    assert repetition(found) == patch_coverage(found) == 1


def test_one_patch_everywhere_is_the_most_repetition() -> None:
    style = features(12, 12)
    flat = style[:, :3, :3].repeat(1, 10, 10)
    found = nearest(flat, [style[:, :3, :3], features(12, 12, seed=2)])
    wanted = int((found.index == 0).sum())
    assert wanted >= 100
    assert repetition(found) == pytest.approx(wanted / (found.index.numel() / 101))


def test_strewn_patches_do_not_cohere() -> None:
    style = features(40, 40)
    found = nearest(features(40, 40, seed=1), [style])
    assert coherence(found) is not None and coherence(found) < 0.15


def test_a_single_patch_has_no_neighbours() -> None:
    assert coherence(nearest(features(3, 3), [features(5, 5)])) is None


def test_the_distance_is_the_patches_own() -> None:
    output, styles = features(6, 7), [features(9, 8, seed=1), features(5, 12, seed=2)]
    found = nearest(output, styles)
    patches = torch.cat([unfolded(style) for style in styles])
    squared = (unfolded(output) - patches[found.index.flatten()]).square().mean(1)
    unit = torch.cat([style.flatten(1) for style in styles], 1).var(1, correction=0).mean()
    assert torch.allclose(found.distance.flatten(), squared / unit, rtol=1e-4)
    correlation = torch.nn.functional.normalize(unfolded(output)) @ torch.nn.functional.normalize(patches).t()
    assert torch.equal(correlation.argmax(1), found.index.flatten())


def unfolded(pixels: Tensor) -> Tensor:
    """(patches, elements)"""
    return torch.nn.functional.unfold(pixels[None], 3)[0].t()


def test_a_leak_is_a_match_across_labels() -> None:
    style = features(18, 18)
    left_and_right = (torch.arange(18) >= 9).long().expand(18, 18)
    found = nearest(style, [style])
    assert semantic_leak(found, MapLabels(left_and_right, (left_and_right,))) == 0
    assert semantic_leak(found, MapLabels(1 - left_and_right, (left_and_right,))) == 1
    assert semantic_leak(found, MapLabels(torch.zeros_like(left_and_right), (left_and_right,))) == 0.5
    absent = torch.full_like(left_and_right, 7)
    assert semantic_leak(found, MapLabels(absent, (left_and_right,))) == 1
