"""Matching agrees with unfolded patches in double precision, by score: indices may differ at ties."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from semstyle.bench.unfolded import correlations
from semstyle.engine.patches.match_cpu import match_by_strips
from semstyle.engine.patches.match_torch import match_by_bands
from semstyle.engine.patches.matching import compiled_matcher, match, patch_norms


def scores(target: torch.Tensor, style: torch.Tensor, k: int, block: int | None) -> tuple[torch.Tensor, torch.Tensor]:
    """(normalised cross-correlation the matcher claims, the index it chose), both flat."""
    found = match(target, style, 1 / patch_norms(style, k), k, block)
    return (found.correlation / patch_norms(target, k)).flatten(), found.index.flatten()


@pytest.mark.parametrize("channels", [8, 68, 260])
def test_torchs_own_operations_find_the_unfolded_best_on_any_device(device: torch.device, channels: int) -> None:
    """The way a GPU goes, in full precision; TF32, which renders use there, rounds scores to about 1e-3."""
    random = torch.Generator().manual_seed(channels)
    target, style = torch.rand(21, 34, channels, generator=random), torch.rand(28, 17, channels, generator=random)
    weights = 1 / patch_norms(style, 3)
    index, _ = match_by_bands(target.to(device), style.to(device), weights.to(device), 3)
    exact = correlations(target.permute(2, 0, 1).double(), style.permute(2, 0, 1).double(), 3)
    chosen = exact.gather(1, index.cpu().flatten()[:, None])[:, 0]
    torch.testing.assert_close(chosen, exact.amax(1), atol=2e-6, rtol=0)


@given(
    height=st.integers(5, 23),
    width=st.integers(5, 19),
    style_height=st.integers(5, 21),
    style_width=st.integers(5, 17),
    channels=st.integers(1, 9),
    map_channels=st.integers(1, 5),
    k=st.sampled_from([1, 2, 3, 5]),
    block=st.sampled_from([1, 500, 4000, None]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_best_score_equals_the_unfolded_best(
    height: int,
    width: int,
    style_height: int,
    style_width: int,
    channels: int,
    map_channels: int,
    k: int,
    block: int | None,
    seed: int,
) -> None:
    random = torch.Generator().manual_seed(seed)
    target = torch.rand(height, width, channels + map_channels, generator=random)
    style = torch.rand(style_height, style_width, channels + map_channels, generator=random)
    claimed, index = scores(target, style, k, block)
    exact = correlations(target.permute(2, 0, 1).double(), style.permute(2, 0, 1).double(), k)
    best = exact.amax(1)
    torch.testing.assert_close(claimed.double(), best, atol=2e-6, rtol=0)
    torch.testing.assert_close(exact.gather(1, index[:, None])[:, 0], best, atol=2e-6, rtol=0)


def test_an_image_matches_itself_patch_by_patch() -> None:
    pixels = torch.rand(17, 13, 8, generator=torch.Generator().manual_seed(1))
    claimed, index = scores(pixels, pixels, 3, None)
    assert index.tolist() == list(range(15 * 11))
    torch.testing.assert_close(claimed, torch.ones_like(claimed))


def test_a_patch_norm_is_the_norm_of_the_patch() -> None:
    pixels = torch.rand(6, 7, 4, generator=torch.Generator().manual_seed(2))
    norms = patch_norms(pixels, 3)
    assert norms.shape == (4, 5)
    assert norms[2, 3] == pytest.approx(float(pixels[2:5, 3:6].norm()))


def test_block_size_does_not_change_the_matches() -> None:
    random = torch.Generator().manual_seed(3)
    target, style = torch.rand(40, 31, 12, generator=random), torch.rand(37, 44, 12, generator=random)
    _, whole = scores(target, style, 3, 10**9)
    _, banded = scores(target, style, 3, 1)
    assert torch.equal(whole, banded)


@given(
    sides=st.tuples(*[st.integers(5, 40)] * 4),
    channels=st.integers(1, 20),
    k=st.sampled_from([1, 2, 3, 5]),
    block=st.sampled_from([1, 4000, None]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40, deadline=None)
def test_compiled_sums_give_the_same_bits_as_torchs_own_operations(
    sides: tuple[int, int, int, int], channels: int, k: int, block: int | None, seed: int
) -> None:
    height, width, style_height, style_width = sides
    random = torch.Generator().manual_seed(seed)
    target = torch.randint(0, 3, (height, width, channels), generator=random).float()  # small whole numbers: many ties
    style = torch.randint(0, 3, (style_height, style_width, channels), generator=random).float()
    weights = torch.ones(style_height - k + 1, style_width - k + 1)
    bands = match_by_bands(target, style, weights, k, block)
    strips = match_by_strips(target, style, weights, k, block)
    assert torch.equal(bands[1], strips[1])
    assert torch.equal(bands[0], strips[0])


def test_a_wide_target_is_matched_in_several_strips_and_by_several_threads() -> None:
    random = torch.Generator().manual_seed(4)
    target, style = torch.rand(9, 300, 6, generator=random), torch.rand(12, 15, 6, generator=random)
    threads = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        several = match(target, style, 1 / patch_norms(style, 3), 3)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(threads)
    index, correlation = match_by_bands(target, style, 1 / patch_norms(style, 3), 3)
    assert torch.equal(several.index, index)
    torch.testing.assert_close(several.correlation, correlation)


def test_single_precision_on_a_cpu_is_matched_by_compiled_sums() -> None:
    assert compiled_matcher() is match_by_strips
