"""Several target rows at once give what one at a time gives, to the last bit, in a fiftieth of the operations."""

from __future__ import annotations

import pytest
import torch
from counted_operations import CountedOperations
from hypothesis import example, given, settings
from hypothesis import strategies as st
from plain_matching import match_row_by_row
from torch._subclasses.fake_tensor import FakeTensorMode

from semstyle.engine.patches import blocks as blocks_module
from semstyle.engine.patches.blocks import blocks_of
from semstyle.engine.patches.match_torch import CUDA_BLOCK, match_by_bands

MAP_CHANNELS = 4


def features(kind: str, size: tuple[int, int], channels: int, seed: int, dtype: torch.dtype) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    if kind == "ties":
        return torch.randint(1, 3, (*size, channels), generator=random).to(dtype)
    return torch.randn(*size, channels, generator=random, dtype=dtype)


def weights_of(kind: str, rows: int, columns: int, seed: int, dtype: torch.dtype) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    weights = torch.rand(rows, columns, generator=random, dtype=dtype)
    if kind == "ties":
        weights = weights.round()  # 0 for half of them
        weights[torch.rand(rows, columns, generator=random) < 0.2] = -torch.inf
    return weights


@given(
    height=st.integers(5, 40),
    width=st.integers(5, 30),
    style_height=st.integers(5, 31),
    style_width=st.integers(5, 27),
    channels=st.sampled_from([1, 3, 8, 68]),
    k=st.sampled_from([1, 2, 3, 5]),
    block=st.sampled_from([1, 4000, 30_000, 300_000, None]),
    kind=st.sampled_from(["any", "ties"]),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=150, deadline=None)
@example(8, 5, 5, 5, 8, 1, 4000, "any", torch.float64, 25)  # a second row's products that begin at an odd address
def test_chunks_of_rows_give_the_same_bits_as_rows(
    height: int,
    width: int,
    style_height: int,
    style_width: int,
    channels: int,
    k: int,
    block: int | None,
    kind: str,
    dtype: torch.dtype,
    seed: int,
) -> None:
    target = features(kind, (height, width), channels, seed, dtype)
    style = features(kind, (style_height, style_width), channels, seed + 1, dtype)
    weights = weights_of(kind, style_height - k + 1, style_width - k + 1, seed + 2, dtype)
    index, correlation = match_by_bands(target, style, weights, k, block)
    expected = match_row_by_row(target, style, weights, k, block)
    assert torch.equal(correlation, expected[1])
    assert torch.equal(index, expected[0])


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("chunk", [2, 3, 7, 33, 50])
def test_chunks_that_do_not_divide_the_rows(device: torch.device, k: int, chunk: int) -> None:
    target = features("ties", (50, 20), 5, 0, torch.float32).to(device)
    style = features("ties", (21, 18), 5, 1, torch.float32).to(device)
    weights = torch.ones(21 - k + 1, 18 - k + 1, device=device)
    block = chunk * 20 * 21 * 18
    assert blocks_of((50, 20), (21, 18), k, block).chunk > 1
    index, correlation = match_by_bands(target, style, weights, k, block)
    expected = match_row_by_row(target, style, weights, k)
    assert torch.equal(correlation, expected[1])
    assert torch.equal(index, expected[0])


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("block", [1, 40_000, None])
def test_the_way_a_gpu_goes_finds_the_same(monkeypatch: pytest.MonkeyPatch, k: int, block: int | None) -> None:
    """One product for all rows of a chunk, and no filling up; whole numbers, as products may be added up otherwise."""
    target, style = features("ties", (31, 20), 5, 0, torch.float32), features("ties", (21, 18), 5, 1, torch.float32)
    weights = weights_of("ties", 21 - k + 1, 18 - k + 1, 2, torch.float32)
    expected = match_row_by_row(target, style, weights, k)
    monkeypatch.setattr(torch.Tensor, "is_cpu", False)
    index, correlation = match_by_bands(target, style, weights, k, block)
    assert torch.equal(correlation, expected[1])
    assert torch.equal(index, expected[0])


@pytest.mark.parametrize("k", [1, 3, 5])
def test_a_wide_image_is_matched_in_strips(monkeypatch: pytest.MonkeyPatch, k: int) -> None:
    monkeypatch.setattr(blocks_module, "LARGEST", 2 * k * 18 * 11)
    target = features("ties", (12, 40), 5, 0, torch.float32)
    style = features("ties", (21, 18), 5, 1, torch.float32)
    weights = torch.ones(21 - k + 1, 18 - k + 1)
    assert len(list(blocks_of((12, 40), (21, 18), k, 1).strips(40 - k + 1))) > 3
    index, correlation = match_by_bands(target, style, weights, k, 1)
    expected = match_row_by_row(target, style, weights, k)
    assert torch.equal(correlation, expected[1])
    assert torch.equal(index, expected[0])


def search(target: tuple[int, int], style: tuple[int, int], channels: int, k: int = 3) -> CountedOperations:
    """The operations of one search on a GPU, counted by tensors that have no memory."""
    with FakeTensorMode(), CountedOperations() as counted:
        pixels = torch.empty(*style, channels, device="cuda")
        weights = torch.empty(style[0] - k + 1, style[1] - k + 1, device="cuda")
        found = match_by_bands(torch.empty(*target, channels, device="cuda"), pixels, weights, k)
        assert [tensor.shape for tensor in found] == [(target[0] - k + 1, target[1] - k + 1)] * 2
    return counted


@pytest.mark.parametrize(("pixels", "most", "row_by_row"), [(128, 18, 850), (256, 18, 1700), (512, 48, 3500)])
def test_a_search_of_both_layers_takes_few_launches(pixels: int, most: int, row_by_row: int) -> None:
    """Layer 3_1 has a quarter of the image's side and 64 channels by the default encoder, 4_1 an eighth and 128."""
    layers = [(pixels // 4, 64 + MAP_CHANNELS), (pixels // 8, 128 + MAP_CHANNELS)]
    launches = [search((side, side), (side, side), channels).launches for side, channels in layers]
    assert sum(launches) <= most < row_by_row / 40


@pytest.mark.parametrize(
    ("target", "style"),
    [((6, 6000), (5, 6000)), ((3000, 40), (5, 8192)), ((6, 20_000), (7, 16_000)), ((6, 1500), (300, 1500))],
)
def test_no_operation_has_more_elements_than_32_bits_count(target: tuple[int, int], style: tuple[int, int]) -> None:
    counted = search(target, style, 4)
    assert counted.largest <= max(2 * CUDA_BLOCK, 4 * target[0] * target[1]) < 2**31
