"""Padding by reflection, against torch's own, and the order of its gradient's additions."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from semstyle.engine.encoders.padding import mirrored, mirrored_relu

SIZES = [(2, 2), (2, 5), (3, 2), (3, 3), (4, 7), (9, 6)]
LAYOUTS = [torch.contiguous_format, torch.channels_last]


def features(size: tuple[int, int], layout: torch.memory_format, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    values = torch.randn(2, 3, *size, dtype=dtype, generator=torch.Generator().manual_seed(size[0] * 10 + size[1]))
    return values.contiguous(memory_format=layout)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("with_relu", [False, True])
def test_it_is_torchs_padding_and_has_its_gradient(
    size: tuple[int, int], layout: torch.memory_format, with_relu: bool, device: torch.device
) -> None:
    x = features(size, layout).to(device).requires_grad_()
    ours = mirrored_relu(x)[0] if with_relu else mirrored(x)
    theirs = F.pad(x.relu() if with_relu else x, (1, 1, 1, 1), mode="reflect")
    assert torch.equal(ours, theirs)
    weights = features((size[0] + 2, size[1] + 2), layout).to(device)
    (gradient,), (expected,) = torch.autograd.grad(ours, x, weights), torch.autograd.grad(theirs, x, weights)
    torch.testing.assert_close(gradient, expected)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("looks_at", ["both", "inside"])
def test_what_is_inside_has_a_gradient_of_its_own(size: tuple[int, int], looks_at: str) -> None:
    """As it would have if it were cut out of what is padded; but nothing is made that has the padded size."""
    x = features(size, torch.channels_last).requires_grad_()
    padded, inside = mirrored_relu(x)
    assert torch.equal(inside, x.relu()) and inside.data_ptr() == padded[:, :, 1:-1, 1:-1].data_ptr()
    of_inside = features(size, torch.channels_last)
    of_padded = features((size[0] + 2, size[1] + 2), torch.channels_last) if looks_at == "both" else None

    theirs = F.pad(x.relu(), (1, 1, 1, 1), mode="reflect")
    total = (theirs[:, :, 1:-1, 1:-1] * of_inside).sum()
    if of_padded is not None:
        total = total + (theirs * of_padded).sum()
    (expected,) = torch.autograd.grad(total, x)
    with OperationNames() as operations:
        if of_padded is None:
            (gradient,) = torch.autograd.grad(inside, x, of_inside)
        else:
            (gradient,) = torch.autograd.grad((padded, inside), x, (of_padded, of_inside))
    torch.testing.assert_close(gradient, expected)
    assert "slice_backward.default" not in operations.names


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_layout_of_features_stays(layout: torch.memory_format) -> None:
    x = features((6, 8), layout).requires_grad_()
    for padded in (mirrored(x), mirrored_relu(x)[0]):
        assert padded.is_contiguous(memory_format=layout)
        (gradient,) = torch.autograd.grad(padded, x, torch.ones_like(padded))
        assert gradient.is_contiguous(memory_format=layout)


class OperationNames(TorchDispatchMode):
    """Notes the names of all operations."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        self.names.append(func.__name__)
        return func(*args, **(kwargs or {}))


def test_no_operation_adds_in_whatever_order_threads_come() -> None:
    x = features((6, 8), torch.channels_last).requires_grad_()
    with OperationNames() as operations:
        torch.autograd.grad(mirrored_relu(mirrored(x))[0].sum(), x)
    assert not [name for name in operations.names if "reflection_pad" in name or "index" in name or "scatter" in name]


def test_a_gradient_is_the_same_each_time(device: torch.device) -> None:
    x = features((40, 50), torch.channels_last, torch.float32).to(device).requires_grad_()
    weights = features((42, 52), torch.channels_last, torch.float32).to(device)
    gradients = [torch.autograd.grad(mirrored_relu(x)[0], x, weights)[0] for _ in range(5)]
    assert all(torch.equal(gradient, gradients[0]) for gradient in gradients)
