"""Blocks cover all of a search, and are never too large for what counts elements in 32 bits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semstyle.engine.patches import blocks as blocks_module
from semstyle.engine.patches.blocks import LARGEST, blocks_of

BLOCK = 2**26
sides = st.one_of(st.integers(9, 200), st.integers(200, 20_000))


@given(st.tuples(sides, sides), st.tuples(sides, sides), st.sampled_from([1, 3, 5, 7, 9]), st.sampled_from([1, 8]))
def test_a_block_is_bounded_however_large_the_images_are(
    target: tuple[int, int], style: tuple[int, int], k: int, chunk: int
) -> None:
    blocks = blocks_of(target, style, k, BLOCK, chunk)
    elements = blocks.chunk * blocks.strip * (blocks.band + k - 1) * style[1]
    assert 0 < elements <= 2 * max(BLOCK, LARGEST) < 2**31
    assert blocks.band <= style[0] - k + 1
    assert blocks.chunk <= target[0]


@given(st.integers(9, 3000), st.integers(9, 30_000), st.sampled_from([1, 3, 5]))
def test_strips_cover_all_columns_of_patches_once(width: int, style_width: int, k: int) -> None:
    blocks = blocks_of((9, width), (9, style_width), k, 1)
    strips = list(blocks.strips(width - k + 1))
    assert [column for left, right in strips for column in range(left, right)] == list(range(width - k + 1))
    assert all(right - left + k - 1 <= blocks.strip for left, right in strips)


def test_one_strip_is_all_where_that_is_not_too_large() -> None:
    assert blocks_of((2048, 2048), (2048, 2048), 3, BLOCK).strip == 2048
    assert blocks_of((8192, 8192), (8192, 8192), 3, BLOCK).strip < 8192


def test_target_rows_are_shared_out_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks_module, "LARGEST", 10**9)
    blocks = blocks_of((101, 10), (12, 10), 3, 100 * 12 * 40)
    assert blocks.band == 10
    assert blocks.chunk == 34  # not 40, 40 and 21
