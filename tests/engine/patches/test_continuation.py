"""Continued matches against a plain loop over patches, offers and neighbours, in double precision."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from semstyle.bench.unfolded import patches
from semstyle.engine.patches import continuation
from semstyle.engine.patches.continuation import NEIGHBORS, one_pass
from semstyle.engine.patches.continuation_cpu import one_compiled_pass
from semstyle.engine.patches.matching import Matches
from semstyle.engine.patches.numbering import PatchNumbering
from semstyle.engine.patches.pool import PatchPool, PatchSource, augmented

CHANNELS = 5


def random(*shape: int, seed: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def source_and_place(number: int, numbering: PatchNumbering) -> tuple[int, int, int]:
    for source, (first, (rows, columns)) in enumerate(zip(numbering.firsts, numbering.shapes, strict=False)):
        if number < first + rows * columns:
            return source, (number - first) // columns, (number - first) % columns
    raise AssertionError(number)


def continuing(index: torch.Tensor, y: int, x: int, numbering: PatchNumbering) -> list[int]:
    """What each neighbour of the patch (y, x) offers it."""
    offers = []
    for row, column in NEIGHBORS:
        if not (0 <= y + row < index.shape[0] and 0 <= x + column < index.shape[1]):
            continue
        source, style_row, style_column = source_and_place(int(index[y + row, x + column]), numbering)
        rows, columns = numbering.shapes[source]
        if 0 <= style_row - row < rows and 0 <= style_column - column < columns:
            offers.append(numbering.firsts[source] + (style_row - row) * columns + style_column - column)
    return offers


def literal_pass(scores: torch.Tensor, index: torch.Tensor, numbering: PatchNumbering, bonus: float) -> torch.Tensor:
    """One pass, where ``scores`` (patches, style patches) hold what each match would score without a bonus."""
    result = index.clone()
    columns = index.shape[1]
    for y in range(index.shape[0]):
        for x in range(columns):
            offers = continuing(index, y, x, numbering)
            own = int(index[y, x])
            best = max(
                dict.fromkeys([own, *offers]),
                key=lambda patch: float(scores[y * columns + x, patch]) * (1 + bonus * offers.count(patch) / 8),
            )
            result[y, x] = best
    return result


def scene(sizes: list[tuple[int, int]], masked: bool, k: int) -> tuple[PatchPool, torch.Tensor, torch.Tensor]:
    """A pool, a target (C, H, W), and what each of its patches would score with each of the pool's."""
    sources, scores = [], []
    target = random(CHANNELS, 9, 10, seed=99)
    for seed, size in enumerate(sizes):
        outside = None
        if masked:
            outside = random(*size, seed=seed + 50) < 0.05
            outside[:4, :4] = False
        sources.append(PatchSource(random(CHANNELS, *size, seed=seed), None, outside))
        rows = patches(sources[-1].features, k)
        score = patches(target, k) @ (rows / rows.norm(dim=1, keepdim=True)).t()
        if outside is not None:
            score[:, patches(outside[None].double(), k).amax(1) > 0] = -torch.inf
        scores.append(score)
    return PatchPool(sources, k), target, torch.cat(scores, 1)


sizes = st.tuples(st.integers(5, 12), st.integers(5, 12))


@given(st.lists(sizes, min_size=1, max_size=3), st.booleans(), st.sampled_from([1, 3]), st.sampled_from([0.02, 0.5]))
@settings(max_examples=30, deadline=None)
def test_what_neighbors_offer_is_taken_where_it_is_better(
    views: list[tuple[int, int]], masked: bool, k: int, bonus: float
) -> None:
    pool, target, scores = scene(views, masked, k)
    pixels = augmented(target, None)
    nearest = pool.nearest(pixels, pool.weights)
    expected = nearest.index
    for _ in range(continuation.PASSES):
        expected = literal_pass(scores, expected, pool.numbering, bonus)
    found = pool.continued(nearest, pixels, pool.weights, bonus)
    chosen = scores.gather(1, found.index.view(-1, 1)).squeeze(1)
    assert torch.equal(found.index, expected)
    torch.testing.assert_close(found.correlation.flatten(), chosen)


@pytest.mark.parametrize("masked", [False, True])
def test_compiled_passes_find_the_same(masked: bool) -> None:
    sizes = [(20, 31), (15, 12)]
    sources = [PatchSource(random(CHANNELS, *size, seed=number).float()) for number, size in enumerate(sizes)]
    if masked:
        sources[0] = PatchSource(sources[0].features, None, random(20, 31, seed=7) < 0.02)
    pool = PatchPool(sources, 3)
    target = augmented(random(CHANNELS, 24, 25, seed=9).float(), None)
    nearest = pool.nearest(target, pool.weights)
    style = pool.style_patches(pool.weights, CHANNELS)
    matches: dict[str, Matches] = {}
    for name, go_on in (("plain", one_pass), ("compiled", one_compiled_pass)):
        first = go_on(nearest, target, style, 0.3, None)
        matches[name] = go_on(first, target, style, 0.3, nearest.index)
    assert torch.equal(matches["plain"].index, matches["compiled"].index)
    torch.testing.assert_close(matches["plain"].correlation, matches["compiled"].correlation)
    assert not torch.equal(matches["plain"].index, nearest.index)


@pytest.mark.parametrize("size", [(3, 3), (3, 14), (14, 3)])
def test_an_image_one_patch_high_or_wide_is_continued_too(size: tuple[int, int]) -> None:
    pool = PatchPool(
        [PatchSource(random(CHANNELS, 8, 3, seed=3).float()), PatchSource(random(CHANNELS, 9, 9, seed=4).float())], 3
    )
    target = augmented(random(CHANNELS, *size, seed=5).float(), None)
    style = pool.style_patches(pool.weights, CHANNELS)
    nearest = pool.nearest(target, pool.weights)
    plain, compiled = (go_on(nearest, target, style, 0.5, None) for go_on in (one_pass, one_compiled_pass))
    assert torch.equal(plain.index, compiled.index)
    torch.testing.assert_close(plain.correlation, compiled.correlation)


@pytest.mark.parametrize("block", [1, 5000])
def test_rows_at_a_time_give_what_all_at_once_give(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pool, target, _ = scene([(18, 22), (9, 7)], True, 3)
    pixels = augmented(target, None)
    nearest = pool.nearest(pixels, pool.weights)
    style = pool.style_patches(pool.weights, CHANNELS)
    whole = one_pass(nearest, pixels, style, 0.3)
    monkeypatch.setattr(continuation, "CPU_BLOCK", block)
    parts = one_pass(nearest, pixels, style, 0.3)
    assert torch.equal(parts.index, whole.index)
    torch.testing.assert_close(parts.correlation, whole.correlation)
    assert not torch.equal(whole.index, nearest.index)


def test_the_number_of_threads_changes_nothing() -> None:
    pool, target, _ = scene([(18, 22)], False, 3)
    pixels = augmented(target, None).float()
    pool = PatchPool([PatchSource(random(CHANNELS, 18, 22, seed=0).float())], 3)
    nearest = pool.nearest(pixels, pool.weights)
    threads = torch.get_num_threads()
    found = []
    try:
        for number in (1, 2, 3):
            torch.set_num_threads(number)
            found.append(pool.continued(nearest, pixels, pool.weights, 0.3))
    finally:
        torch.set_num_threads(threads)
    assert all(torch.equal(found[0].index, other.index) for other in found)
    assert all(torch.equal(found[0].correlation, other.correlation) for other in found)


def test_a_piece_of_the_style_in_noise_is_found_whole() -> None:
    style = random(CHANNELS, 16, 16, seed=1)
    noisy = style[:, 4:13, 3:12] + 0.6 * random(CHANNELS, 9, 9, seed=2)
    pool = PatchPool([PatchSource(style)], 1)
    target = augmented(noisy, None)
    whole = (torch.arange(9)[:, None] + 4) * 16 + torch.arange(9) + 3
    nearest = pool.nearest(target, pool.weights)
    found = pool.continued(nearest, target, pool.weights, 0.5)
    assert (found.index == whole).sum() > (nearest.index == whole).sum() + 10
