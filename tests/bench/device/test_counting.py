"""Operations, bytes and arithmetic are counted as worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F

from semstyle.bench.device.counting import Counts, OperationCounter

CPU, META = torch.device("cpu"), torch.device("meta")
A, B = torch.rand(8, 16), torch.rand(16, 32)
SQUARE, OTHER = torch.rand(8, 8), torch.rand(8, 8)
ROWS = torch.tensor([1, 3, 3])


def counts_of(work: Callable[[], object], device: torch.device = CPU) -> Counts:
    with OperationCounter(device) as counter:
        work()
    return counter.total


@pytest.mark.parametrize(
    ("work", "counts"),
    [
        (lambda: SQUARE + SQUARE.t(), Counts(1, 3 * 256, 0)),
        (lambda: SQUARE.add_(SQUARE), Counts(1, 3 * 256, 0)),
        (lambda: SQUARE.mul_(1.0), Counts(1, 2 * 256, 0)),
        (lambda: SQUARE.copy_(OTHER), Counts(1, 2 * 256, 0)),
        (lambda: SQUARE.zero_(), Counts(1, 256, 0)),
        (lambda: A @ B, Counts(1, 4 * (8 * 16 + 16 * 32 + 8 * 32), 2 * 8 * 16 * 32)),
        (
            lambda: torch.mm(A, B, out=torch.empty(8, 32)),
            Counts(1, 4 * (8 * 16 + 16 * 32 + 8 * 32), 2 * 8 * 16 * 32),
        ),
        (lambda: torch.empty(100), Counts()),
        (lambda: A.new_empty(100), Counts()),
        (lambda: A[2:4].view(2, 4, 4).permute(1, 0, 2).expand(4, 2, 4).detach(), Counts()),
        (lambda: A.reshape(16, 8), Counts()),
        (lambda: A.t().reshape(-1), Counts(1, 2 * 4 * 128, 0)),
        (lambda: A[:1].expand(8, 16) * 2, Counts(1, 4 * (16 + 128), 0)),
        (lambda: A[ROWS], Counts(1, 2 * 4 * 3 * 16 + 8 * 3, 0)),
        (lambda: F.conv2d(A.view(1, 1, 8, 16), torch.ones(2, 1, 3, 3)), Counts(2, 0, 2 * 9 * 2 * 6 * 14)),
    ],
)
def test_an_operation_counts_for_what_it_reads_and_writes(work: Callable[[], object], counts: Counts) -> None:
    found = counts_of(work)
    assert (found.operations, found.flop) == (counts.operations, counts.flop)
    if counts.bytes or not counts.operations:
        assert found.bytes == counts.bytes


def test_a_bag_reads_the_rows_that_are_in_it() -> None:
    table, bags = torch.rand(1000, 4), torch.tensor([[1, 2, 3], [5, 5, 5]])
    found = counts_of(lambda: F.embedding_bag(bags, table, mode="sum"))
    assert found.bytes < table.nbytes, "not the whole table"
    assert found.bytes >= 4 * (6 * 4 + 2 * 4)


def test_a_convolution_on_a_gpu_adds_its_bias_in_a_pass_of_its_own_and_keeps_channels_last() -> None:
    x = torch.empty(2, 4, 10, 12, device=META).contiguous(memory_format=torch.channels_last)
    weight, bias = torch.empty(8, 4, 3, 3, device=META), torch.empty(8, device=META)
    without, with_bias = (counts_of(lambda b=b: F.conv2d(x, weight, b), META) for b in (None, bias))
    result = 4 * 2 * 8 * 8 * 10
    assert (without.operations, without.bytes) == (1, 4 * (x.numel() + weight.numel()) + result)
    assert (with_bias.operations, with_bias.bytes) == (2, without.bytes + 4 * 8 + 2 * result)
    with OperationCounter(META):
        assert F.conv2d(x, weight).is_contiguous(memory_format=torch.channels_last)
        assert F.conv2d(x.contiguous(), weight).is_contiguous()


def test_only_one_kind_of_device_is_counted() -> None:
    both = lambda: (A + 1, torch.empty(4, device=META) + 1)  # noqa: E731
    assert counts_of(both, META) == Counts(1, 2 * 16, 0)
    assert counts_of(both, CPU) == Counts(1, 2 * 4 * 128, 0)


def test_the_gradient_is_counted_too() -> None:
    x = torch.rand(8, 16, requires_grad=True)
    forward = counts_of(lambda: x @ B)
    both = counts_of(lambda: torch.autograd.grad((x @ B).sum(), x))
    assert both.flop == 2 * forward.flop and both.operations > forward.operations


def test_parts_are_told_apart_by_the_innermost_file() -> None:
    with OperationCounter(CPU, {"test_counting.py": "here", "nn/functional.py": "torch's"}) as counter:
        A + 1
        F.hardtanh(A, 0, 1)
    assert {part: counts.operations for part, counts in counter.counts.items()} == {"here": 1, "torch's": 1}
    assert counter.total.operations == 2


def test_counts_are_numbers() -> None:
    assert Counts(1, 2, 3) * 3 - Counts(1, 1, 1) + Counts(0, 1, 0) == Counts(2, 6, 8)
