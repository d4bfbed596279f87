"""The GPU's kernels without a GPU: interpreted, their bits are torch's; compiled for one, they keep within registers.

No GPU has run them yet; where there is one, the last test does.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
import torch
from compiled_kernels import MOST_REGISTERS, ahead_of_time, interpreted
from test_padding import OperationNames

from semstyle.distillation.student import NormalizedEncoder
from semstyle.engine.encoders import bordering
from semstyle.engine.encoders.bordering import bordered, bordered_relu, fits, fuses, is_fused
from semstyle.engine.encoders.encoder import Encoder
from semstyle.engine.encoders.padding import mirrored, mirrored_relu

if not os.environ.get("CI"):
    pytest.importorskip("triton", reason="Triton is not installed; it comes with PyTorch on Linux")

INTERPRETED = Path(__file__).with_name("interpreted_padding.py")
LAST = torch.channels_last


def test_interpreted_they_give_the_same_bits_and_stay_in_their_memory() -> None:
    assert interpreted(INTERPRETED) == "equal 36"


@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
@pytest.mark.parametrize("channels", [3, 64])
@pytest.mark.parametrize("does_all", [False, True])
def test_compiled_for_an_h100_they_spill_no_registers(
    dtype: str, channels: int, does_all: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    from semstyle.engine.encoders.fused_padding import programs
    from semstyle.engine.encoders.padding_kernels import SIDES, WARPS, gather, pad

    _, shares = programs(1, channels)
    del shares["num_warps"]
    for kernel, further in ((pad, "has_bias"), (gather, "has_inside")):
        constants = {further: does_all, "rectifies": does_all, **shares}
        types = dict.fromkeys(kernel.arg_names, f"*{dtype}")
        types |= {**dict.fromkeys((*SIDES, "channels"), "i32"), **dict.fromkeys(constants, "constexpr")}
        aligned = {name for name, kind in types.items() if kind.startswith("*")}
        aligned |= {"channels"} if channels % 16 == 0 else set()
        used = ahead_of_time(kernel, types, constants, aligned, WARPS)
        assert used.spilled == 0 and used.registers <= MOST_REGISTERS, used


def frozen(kind: type[Encoder] = Encoder) -> Encoder:
    encoder = kind((8, 8, 16, 16, 16), "3_2")
    return encoder.requires_grad_(False)


def test_its_gradient_is_one_operation_where_there_are_no_values() -> None:
    x = torch.empty(2, 16, 8, 10, device="meta").contiguous(memory_format=LAST).requires_grad_()
    padded, inside = bordered_relu(x, torch.empty(16, device="meta"))
    with OperationNames() as operations:
        (gradient,) = torch.autograd.grad((padded, inside), x, (torch.empty_like(padded), torch.empty_like(x)))
    assert [name for name in operations.names if "empty" not in name and "detach" not in name] == ["gather.default"]
    assert gradient.shape == x.shape and gradient.is_contiguous(memory_format=LAST)


def test_a_convolution_is_without_its_bias_only_where_it_is_added_afterwards() -> None:
    seen: list[bool] = []
    real = torch.nn.functional.conv2d

    def convolve(*given: torch.Tensor, **named: object) -> torch.Tensor:
        seen.append(len(given) > 2 and given[2] is not None)
        return real(*given, **named)  # type: ignore[arg-type]

    image = torch.empty(1, 3, 16, 16)
    learning = frozen().requires_grad_(True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.nn.functional, "conv2d", convolve)
        for encoder, device in ((frozen(), "meta"), (frozen(), "cpu"), (learning, "meta")):
            encoder.to(device)(image.to(device), ["1_2"])
    assert seen == [False, True, True, True, True, True]


def test_a_network_that_normalises_what_it_convolves_still_does() -> None:
    encoder = frozen(NormalizedEncoder).to("meta")
    with OperationNames() as operations:
        encoder(torch.empty(1, 3, 16, 16, device="meta"), ["1_2"])
    assert operations.names.count("native_batch_norm.default") == 2


@pytest.mark.parametrize(
    "x",
    [
        torch.empty(1, 8, 6, 6),
        torch.empty(1, 8, 6, 6, device="meta", dtype=torch.float64).contiguous(memory_format=LAST),
    ],
)
def test_elsewhere_torchs_own_operations_do_it(x: torch.Tensor) -> None:
    assert not is_fused(x)
    values = torch.rand(1, 8, 6, 6, dtype=torch.float64)
    bias = torch.rand(8, dtype=torch.float64) - 0.5
    assert torch.equal(bordered(values), mirrored(values))
    assert torch.equal(bordered_relu(values, bias)[0], mirrored_relu(values + bias[:, None, None])[0])


def test_what_the_kernels_cannot_count_or_read_goes_through_torchs_own_operations() -> None:
    def like(*size: int, layout: torch.memory_format = LAST) -> torch.Tensor:
        return torch.empty(size, device="meta", memory_format=layout)

    assert fits(like(1, 64, 5790, 5790)) and fits(like(1, 3, 2, 2))
    assert not fits(like(65, 64, 5790, 5790))
    assert not fits(like(1, 64, 8, 8, layout=torch.contiguous_format))
    padded, inside = bordered_relu(like(1, 64, 8, 8, layout=torch.contiguous_format), torch.empty(64, device="meta"))
    assert padded.shape == (1, 64, 10, 10) and inside.shape == (1, 64, 8, 8)


def test_where_the_kernels_differ_torch_pads_and_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from semstyle.engine.encoders.fused_padding import FusedPad

    def wrong(x: torch.Tensor, bias: torch.Tensor, rectifies: bool) -> tuple[torch.Tensor, torch.Tensor]:
        padded, inside = mirrored_relu(x + bias[:, None, None])
        return padded + 1, inside

    monkeypatch.setattr(FusedPad, "apply", wrong)
    fuses.cache_clear()
    with caplog.at_level(logging.WARNING):
        assert not fuses(torch.device("cpu")) and not fuses(torch.device("cpu"))
    fuses.cache_clear()
    (record,) = caplog.records
    assert record.message.startswith("padding on cpu is slower than it could be: ") and "differs" in record.message


def test_a_gpu_without_memory_is_no_reason_to_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(device: torch.device) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(bordering, "rehearse", failing)
    with pytest.raises(torch.OutOfMemoryError):
        fuses(torch.device("cuda", 0))
    fuses.cache_clear()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("size", [(1, 64, 130, 66), (3, 3, 33, 47), (2, 512, 4, 9)])
def test_a_device_pads_to_the_same_bits(
    device: torch.device, size: tuple[int, int, int, int], dtype: torch.dtype
) -> None:
    """On a GPU by the kernels, which must not have been given up there."""
    random = torch.Generator().manual_seed(0)
    count, channels, height, width = size
    x, of_inside = (torch.randn(size, generator=random).to(device, dtype).contiguous(memory_format=LAST) for _ in "ab")
    of_padded = torch.randn(count, channels, height + 2, width + 2, generator=random).to(device, dtype)
    bias = torch.randn(channels, generator=random).to(device, dtype)
    if device.type == "cuda":
        assert is_fused(x), "the log says why not"
    x.requires_grad_()
    ours, theirs = bordered_relu(x, bias), mirrored_relu(x + bias[:, None, None])
    gradients = [torch.autograd.grad(each, x, (of_padded, of_inside))[0] for each in (ours, theirs)]
    for found, expected in (*zip(ours, theirs, strict=True), gradients):
        assert torch.equal(found, expected)
