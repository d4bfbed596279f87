"""Samples of processes from their beginning to their end, and how quickly what they hold grows with their renders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from process_sample import Sample, began_at, look_at
from scipy.stats import theilslopes

MOST_POINTS = 300
"""Samples of a life that are compared, two at a time; of a longer one every second or third is taken."""
THOUSAND = 1000

Quantity = Callable[[Sample], float]


@dataclass
class Life:
    """The samples of one process, in order."""

    kind: str
    pid: int
    samples: list[Sample] = field(default_factory=list)

    @property
    def renders(self) -> int:
        return self.samples[-1].renders - self.samples[0].renders if self.samples else 0

    def settled(self, warm_up: int) -> Life:
        """Return the part of the life after so many renders, by when imports and caches are there, up to the last.

        What a driver takes after that, for tables and pages, is of another kind.
        """
        last = self.samples[-1].renders if self.samples else 0
        first_at_last = next((at for at, sample in enumerate(self.samples) if sample.renders == last), 0)
        until = self.samples[: first_at_last + 1]
        return Life(self.kind, self.pid, [sample for sample in until if sample.renders >= warm_up])


class Lives:
    """Takes samples of processes, and keeps them by process."""

    def __init__(self) -> None:
        self._lives: dict[tuple[int, int], Life] = {}

    def look(self, kind: str, pid: int, renders: int) -> None:
        began, sample = began_at(pid), look_at(pid, renders)
        if began is not None and sample is not None:
            self._lives.setdefault((pid, began), Life(kind, pid)).samples.append(sample)

    def of(self, kind: str) -> list[Life]:
        return [life for life in self._lives.values() if life.kind == kind]


@dataclass(frozen=True)
class Slope:
    """How quickly something grows, for each 1,000 renders.

    Attributes:
        per_thousand: The median over all pairs of samples of one life (Theil and Sen), lives taken together.
        low, high: Where it lies with 95 % confidence, in the longest life.
        lives: How many lives it is of.
        renders: How many renders these saw after their warm-up; ``longest`` is the most that one saw.
    """

    per_thousand: float
    low: float
    high: float
    lives: int
    renders: int
    longest: int


def slope_of(lives: Iterable[Life], quantity: Quantity, warm_up: int, enough: int) -> Slope | None:
    """Return the slope of a quantity over renders.

    Args:
        warm_up: So many first renders of each life do not count.
        enough: A life that sees fewer renders after that is left out.

    Returns:
        None when no life is long enough.
    """
    parts = [life.settled(warm_up) for life in lives]
    parts = [part for part in parts if part.renders >= enough and len(part.samples) > 3]
    if not parts:
        return None
    series = [thinned(part.samples, quantity) for part in parts]
    pairs = np.concatenate([pair_slopes(renders, values, enough / 2) for renders, values in series])
    longest = max(range(len(parts)), key=lambda at: parts[at].renders)
    renders, values = series[longest]
    _, _, low, high = theilslopes(values, renders)
    return Slope(
        float(np.median(pairs)) * THOUSAND,
        float(low) * THOUSAND,
        float(high) * THOUSAND,
        len(parts),
        sum(part.renders for part in parts),
        parts[longest].renders,
    )


def thinned(samples: Sequence[Sample], quantity: Quantity) -> tuple[np.ndarray, np.ndarray]:
    """Return renders and the quantity of ``MOST_POINTS`` samples at most."""
    chosen = samples[:: -(-len(samples) // MOST_POINTS)]
    return np.array([sample.renders for sample in chosen], float), np.array([quantity(sample) for sample in chosen])


def pair_slopes(renders: np.ndarray, values: np.ndarray, least: float) -> np.ndarray:
    """Return the slope between any two samples that are at least so many renders apart."""
    first, second = np.triu_indices(len(renders), 1)
    apart = renders[second] - renders[first]
    far = apart >= least
    return np.asarray((values[second] - values[first])[far] / apart[far])
