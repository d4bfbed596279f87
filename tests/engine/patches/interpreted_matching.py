"""A program that searches by the GPU's kernel, interpreted on a CPU, and by torch's own operations, and compares.

Triton decides when it is imported whether it interprets, so that this has a process of its own.
"""

from __future__ import annotations

import os

os.environ["TRITON_INTERPRET"] = "1"

from itertools import product

import torch
from watched_memory import WatchedMemory

from semstyle.engine.patches import blocks, match_triton
from semstyle.engine.patches.match_torch import match_by_bands
from semstyle.engine.patches.match_triton import match_by_triton, rehearse

SCENES = [  # height, width, style height, style width, block
    (8, 10, 11, 17, None),  # all at once
    (5, 5, 5, 5, None),
    (5, 6, 25, 27, None),  # a share of two blocks of style patches
    (8, 35, 7, 11, 2_000),  # one target row at a time, three blocks of them beside each other
    (6, 8, 17, 9, 1),  # many bands
    (19, 7, 8, 20, 10_000),  # several chunks of rows
]


def pixels(kind: str, height: int, width: int, random: torch.Generator) -> torch.Tensor:
    """Pixels whose products are exact, so that they do not depend on how a library adds them up."""
    if kind == "ties":
        return torch.randint(0, 3, (height, width, 3), generator=random).float()
    return torch.rand(height, width, 1, generator=random) + 0.1


def compare(kind: str, k: int, scene: tuple[int, int, int, int, int | None], random: torch.Generator) -> None:
    height, width, style_height, style_width, block = scene
    target, style = pixels(kind, height, width, random), pixels(kind, style_height, style_width, random)
    weights = torch.rand(style_height - k + 1, style_width - k + 1, generator=random) + 0.1
    if kind == "ties":
        weights = weights.round()  # 0 for two in five
    if kind == "negative":
        style = -style
    index, correlation = match_by_triton(target, style, weights, k, block)
    expected = match_by_bands(target, style, weights, k)
    assert torch.equal(correlation, expected[1]), (kind, k, scene)
    assert torch.equal(index, expected[0]), (kind, k, scene)


def main() -> None:
    torch.use_deterministic_algorithms(True)  # memory without contents is then filled with what is not a number
    random = torch.Generator().manual_seed(0)
    watched = WatchedMemory(match_triton.take_nearest)
    cases = [*product(("positive", "ties"), (1, 3, 5), SCENES), *product(("negative",), (1, 3, 5), SCENES[:2])]
    for kind, k, scene in cases:
        compare(kind, k, scene, random)
    blocks.LARGEST = 8 * (4 + 2) * 13
    compare("ties", 3, (5, 19, 7, 13, 1), random)  # three strips
    rehearse(torch.device("cpu"), 3)
    assert watched.accesses > 10**5
    print("equal", len(cases))


if __name__ == "__main__":
    main()
