"""What varies in a job: axes, each with its entries, and all combinations of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from semstyle.engine.presets import PRESET
from semstyle.manifest.specs.document import Block
from semstyle.manifest.specs.sampling import sampled


@dataclass(frozen=True)
class Axis:
    """Parameters that vary in step: a value of each per entry."""

    names: tuple[str, ...]
    entries: Sequence[tuple[Any, ...]]

    @cached_property
    def _firsts(self) -> dict[frozenset[str], frozenset[int]]:
        return {}

    def is_first(self, entry: int, dropped: frozenset[str]) -> bool:
        """Whether no earlier entry has the same values as this one, once the parameters ``dropped`` are left out."""
        if dropped not in self._firsts:
            kept = [place for place, name in enumerate(self.names) if name not in dropped]
            first: dict[str, int] = {}
            for number, values in enumerate(self.entries):
                first.setdefault(repr([values[place] for place in kept]), number)
            self._firsts[dropped] = frozenset(first.values())
        return entry in self._firsts[dropped]


def axes_of(block: Block) -> tuple[Axis, ...]:
    """Return what varies in a job, the slowest first: presets, grid, zip, sample, seeds."""
    axes: list[Axis] = []
    if block.presets is not None:
        axes.append(single(PRESET, block.presets))
    axes += [single(name, values) for name, values in block.grid.items()]
    if block.zip:
        axes.append(Axis(tuple(block.zip), list(zip(*block.zip.values(), strict=True))))
    if block.sample is not None:
        axes.append(Axis(tuple(block.sample.ranges), sampled(block.sample)))
    if block.seeds is not None:
        axes.append(single("seed", range(block.seeds) if isinstance(block.seeds, int) else block.seeds))
    return tuple(axes)


def single(name: str, values: Sequence[Any]) -> Axis:
    return Axis((name,), [(value,) for value in values])


def combinations(axes: Sequence[Axis]) -> Iterator[tuple[int, ...]]:
    """Yield, for each combination, the number of each axis's entry; the last axis varies fastest. None is held."""
    sizes = [len(axis.entries) for axis in axes]
    numbers = [0] * len(axes)
    for _ in range(math.prod(sizes)):
        yield tuple(numbers)
        for place in reversed(range(len(axes))):
            numbers[place] += 1
            if numbers[place] < sizes[place]:
                break
            numbers[place] = 0
