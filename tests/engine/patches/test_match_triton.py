"""The GPU's kernel without a GPU: interpreted, its matches are torch's; compiled for one, it keeps within registers.

No GPU has run it yet; where there is one, the last test does.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from compiled_kernels import MOST_REGISTERS, ahead_of_time, interpreted
from hypothesis import given
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode

from semstyle.engine.patches.blocks import blocks_of
from semstyle.engine.patches.match_cpu import match_by_strips
from semstyle.engine.patches.match_torch import match_by_bands
from semstyle.engine.patches.matching import gpu_matcher, match, matcher_for, patch_norms

if not os.environ.get("CI"):
    pytest.importorskip("triton", reason="Triton is not installed; it comes with PyTorch on Linux")

INTERPRETED = Path(__file__).with_name("interpreted_matching.py")


def test_interpreted_it_gives_the_same_bits_and_stays_in_its_memory() -> None:
    assert interpreted(INTERPRETED) == "equal 42"


@pytest.mark.parametrize("k", [1, 3, 5, 9])
def test_compiled_for_an_h100_it_spills_no_registers(k: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    from semstyle.engine.patches.match_triton_kernels import INTEGERS, STYLES, TARGETS, WARPS, take_nearest

    pointers = {"gram": "*fp32", "weights": "*fp32", "best": "*fp32", "index": "*i64"}
    constants = {"patch_size": k, "targets": TARGETS, "styles": STYLES}
    types = {**pointers, **dict.fromkeys(INTEGERS, "i32"), **dict.fromkeys(constants, "constexpr")}
    used = ahead_of_time(take_nearest, types, constants, pointers.keys() - {"weights"}, WARPS)
    assert used.spilled == 0 and used.registers <= MOST_REGISTERS, used


sides = st.one_of(st.integers(9, 300), st.integers(300, 20_000))


@given(st.tuples(sides, sides), st.tuples(sides, sides), st.sampled_from([1, 3, 5, 7, 9]))
def test_what_it_holds_is_counted_in_32_bits_however_large_the_images_are(
    target: tuple[int, int], style: tuple[int, int], k: int
) -> None:
    from semstyle.engine.patches.match_triton import BLOCK, CHUNK, slots_of

    blocks = blocks_of(target, style, k, BLOCK, CHUNK)
    slots = slots_of(blocks.chunk, k)
    assert slots % blocks.chunk == 0
    assert slots >= blocks.chunk + k - 1
    held = slots * blocks.strip * ((blocks.band + k - 1) * style[1] + 4) + 64
    assert held < 2**31
    if k == 3:
        assert held * 4 <= 1.5 * 2**30 + 2**20


def test_fake_tensors_and_double_precision_go_through_torchs_own_operations() -> None:
    with FakeTensorMode():
        fake = torch.empty(9, 9, 4, device="cuda")
        assert matcher_for(fake, 3) is match_by_bands
        found = match(fake, fake, torch.empty(7, 7, device="cuda"), 3)
    assert found.index.device.type == "cuda"
    assert found.index.shape == found.correlation.shape == (7, 7)
    assert matcher_for(torch.empty(9, 9, 4, dtype=torch.float64), 3) is match_by_bands
    assert matcher_for(torch.empty(9, 9, 4), 3) is match_by_strips


@pytest.fixture
def forgetful() -> None:
    gpu_matcher.cache_clear()


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (ModuleNotFoundError("No module named 'triton'", name="triton"), "pip install triton"),
        (
            RuntimeError("Failed to find C compiler. Please specify via CC\nenvironment variable."),
            "Failed to find C comp",
        ),
        (subprocess.CalledProcessError(1, ["gcc", "main.c"]), "apt-get install gcc python3-dev"),
    ],
)
@pytest.mark.usefixtures("forgetful")
def test_where_the_kernel_cannot_be_made_torch_matches_and_one_line_says_so(
    error: Exception, advice: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from semstyle.engine.patches import match_triton

    def failing(device: torch.device, patch_size: int) -> None:
        raise error

    monkeypatch.setattr(match_triton, "rehearse", failing)
    with caplog.at_level(logging.WARNING):
        assert gpu_matcher(torch.device("cuda", 0), 3) is match_by_bands
        assert gpu_matcher(torch.device("cuda", 0), 3) is match_by_bands
    (record,) = caplog.records
    assert advice in record.message
    assert "cuda:0" in record.message
    assert "\n" not in record.message


@pytest.mark.usefixtures("forgetful")
def test_a_gpu_without_memory_is_no_reason_to_do_without_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    from semstyle.engine.patches import match_triton

    def failing(device: torch.device, patch_size: int) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(match_triton, "rehearse", failing)
    with pytest.raises(torch.OutOfMemoryError):
        gpu_matcher(torch.device("cuda", 0), 3)
    monkeypatch.setattr(match_triton, "rehearse", lambda device, patch_size: None)
    assert gpu_matcher(torch.device("cuda", 0), 3) is match_triton.match_by_triton


@pytest.mark.usefixtures("forgetful")
def test_matches_that_differ_are_reason_enough(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from semstyle.engine.patches import match_triton

    def wrong(*arguments: object) -> tuple[torch.Tensor, torch.Tensor]:
        index, correlation = match_by_bands(*arguments)  # type: ignore[arg-type]
        return index, correlation + 1

    monkeypatch.setattr(match_triton, "match_by_triton", wrong)
    assert gpu_matcher(torch.device("cpu"), 3) is match_by_bands
    assert "differ" in caplog.records[0].message


IMPORTS = """
import sys, torch
from semstyle.engine.patches.matching import match, patch_norms
pixels = torch.rand(9, 9, 4)
match(pixels, pixels, 1 / patch_norms(pixels, 3), 3)
assert not any(name.split(".")[0] == "triton" for name in sys.modules)
"""


def test_triton_is_not_imported_where_there_is_no_gpu() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("sides", [(40, 61, 37, 44), (130, 130, 130, 130), (20, 600, 90, 30)])
def test_a_device_finds_the_best_patches(device: torch.device, k: int, sides: tuple[int, int, int, int]) -> None:
    """On a GPU by the kernel, which must not have been given up there."""
    height, width, style_height, style_width = sides
    random = torch.Generator().manual_seed(k)
    target = torch.randint(0, 4, (height, width, 9), generator=random).float().to(device)
    style = torch.randint(0, 4, (style_height, style_width, 9), generator=random).float().to(device)
    weights = 1 / patch_norms(style, k)
    if device.type == "cuda":
        assert matcher_for(target, k) is not match_by_bands
    found = match(target, style, weights, k)
    index, correlation = match_by_bands(target, style, weights, k)
    assert torch.equal(found.correlation, correlation)
    assert torch.equal(found.index, index)
