"""What Triton compiles, on a GPU, beside torch's own operations: the matcher, and the borders of features."""

from __future__ import annotations

import pytest
import torch

from semstyle.engine.encoders.bordering import bordered_relu, fits, is_fused
from semstyle.engine.encoders.padding import mirrored_relu
from semstyle.engine.exactness import exact
from semstyle.engine.patches.match_torch import match_by_bands
from semstyle.engine.patches.matching import gpu_matcher, patch_norms

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("patch_size", [1, 3, 5])
@pytest.mark.parametrize(
    ("target_size", "style_size"), [((64, 48), (56, 72)), ((128, 128), (128, 96)), ((17, 300), (31, 9))]
)
def test_it_finds_patches_as_near(
    patch_size: int, target_size: tuple[int, int], style_size: tuple[int, int], gpu: torch.device
) -> None:
    generator = torch.Generator().manual_seed(patch_size)
    target = torch.randn(*target_size, 68, generator=generator).to(gpu)
    style = torch.randn(*style_size, 68, generator=generator).to(gpu)
    weights = 1 / patch_norms(style, patch_size)
    matcher = gpu_matcher(gpu, patch_size)
    assert matcher is not match_by_bands, "Triton could not be used; the log says why"
    with exact(gpu):
        index, correlation = matcher(target, style, weights, patch_size, None)
        expected, best = match_by_bands(target, style, weights, patch_size)
    torch.testing.assert_close(correlation, best, rtol=1e-5, atol=1e-5)
    assert (index == expected).double().mean() > 0.999  # others are as near, but for rounding


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("size", [(1, 64, 520, 520), (2, 512, 65, 33), (1, 3, 130, 97)])
def test_it_pads_to_the_same_bits(size: tuple[int, int, int, int], dtype: torch.dtype, gpu: torch.device) -> None:
    generator = torch.Generator().manual_seed(0)
    count, channels, height, width = size

    def numbers(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator).to(gpu, dtype).contiguous(memory_format=torch.channels_last)

    x, bias = numbers(*size).requires_grad_(), torch.randn(channels, generator=generator).to(gpu, dtype)
    of_outputs = numbers(count, channels, height + 2, width + 2), numbers(*size)
    assert is_fused(x) and fits(x), "Triton could not be used; the log says why"
    ours, theirs = bordered_relu(x, bias), mirrored_relu(x + bias[:, None, None])
    gradients = [torch.autograd.grad(each, x, of_outputs)[0] for each in (ours, theirs)]
    for found, expected in (*zip(ours, theirs, strict=True), gradients):
        assert torch.equal(found, expected)
