"""The image does not depend on the number of threads, as far as sums of our own go."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from semstyle.engine import Parameters, render
from semstyle.engine.threads import one_thread

SIZE = 112
"""Whose pixels are more than torch sums up in one thread."""


@pytest.fixture
def threads() -> Iterator[Callable[[int], None]]:
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def picture(seed: int) -> torch.Tensor:
    coarse = torch.rand(1, 3, 12, 12, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, (SIZE, SIZE), mode="bicubic").clamp(0, 1)[0]


def labels(flipped: bool) -> torch.Tensor:
    halves = (torch.arange(SIZE * SIZE).view(1, SIZE, SIZE) < SIZE * SIZE / 2).float()
    return 1 - halves if flipped else halves


@pytest.mark.parametrize(
    "given",
    [
        {"method": "semantic", "variety": 1.0, "rotations": (0.0, 20.0)},
        {"method": "semantic", "preserve_color": "content"},
        {"method": "semantic", "preserve": "photo"},
        {"method": "patch", "init": "content"},
        {"method": "gram", "iterations": 20},
        {"method": "analogy", "variety": 1.0},
        {"method": "color"},
    ],
    ids=str,
)
def test_the_same_image_by_one_thread_and_by_two(given: dict[str, object], threads: Callable[[int], None]) -> None:
    # Without a network: the gradients of its convolutions are oneDNN's, which has its own order for some numbers.
    parameters = Parameters.from_mapping(
        {"size": SIZE, "phases": 1, "iterations": 4, "encoder": "pixels", "style_layers": "1_1,2_1", **given}
    )
    made = []
    for count in (1, 2):
        threads(count)
        rendering = render(picture(0), labels(False), labels(True), picture(1), parameters)
        assert rendering.metrics["threads"] == count
        made.append(rendering.image)
    assert torch.equal(*made)


def test_threads_are_given_back(threads: Callable[[int], None]) -> None:
    threads(3)
    with pytest.raises(ValueError, match="x"), one_thread():
        assert torch.get_num_threads() == 1
        raise ValueError("x")
    assert torch.get_num_threads() == 3
