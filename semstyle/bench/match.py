"""This module compares our matching with unfolded patches, and with the time of the Gram matrix alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import torch
from torch import Tensor

from semstyle.bench.machine import gram_seconds, matmul_rate, peak_memory_of, timed
from semstyle.bench.table import BenchmarkTable
from semstyle.bench.unfolded import correlations, nearest_patches
from semstyle.engine.patches.matching import match, patch_norms

MAP_CHANNELS = 4
PATCH_SIZE = 3
REPEATS = 2
CHECKED_ROWS = 5
"""So many rows of target pixels have their scores compared with double precision."""


@dataclass(frozen=True)
class MatchTiming:
    """The timing of one size.

    Attributes:
        side, channels: Size of the features, without the map's channels.
        unfolded, ours, gram: Seconds of unfolded patches, of our matching, and of the Gram matrix alone.
        rate_share: Share of the machine's matmul rate that ours achieves, counting the Gram matrix's arithmetic alone.
        unfolded_memory, memory: Bytes that unfolded patches and our matching need beyond the inputs.
        error: Largest difference of a match's score from the best in double precision.
    """

    side: int
    channels: int
    unfolded: float
    ours: float
    gram: float
    rate_share: float
    unfolded_memory: int
    memory: int
    error: float

    @property
    def ratio(self) -> float:
        return self.unfolded / self.ours

    @property
    def over_gram(self) -> float:
        return self.ours / self.gram

    @property
    def least_ratio(self) -> float:
        """The promised speed-up over unfolded patches."""
        return 5.0 if self.channels >= 128 else 4.0


MOST_OVER_GRAM = 2.5


def match_table(timings: Iterable[MatchTiming], command: str) -> BenchmarkTable:
    """Make a table with one line for each size, in which figures that miss their target are marked."""
    timings = list(timings)
    rows = [
        (
            f"{timing.side}²",
            str(timing.channels),
            f"{timing.ours:.3f}",
            marked(f"{timing.ratio:.1f}×", timing.ratio >= timing.least_ratio),
            marked(f"{timing.over_gram:.2f}×", timing.over_gram <= MOST_OVER_GRAM),
            f"{timing.rate_share:.0%}",
            f"{timing.memory / 2**20:.0f} / {timing.unfolded_memory / 2**20:.0f}",
            f"{timing.error:.0e}",
        )
        for timing in timings
    ]
    columns = ("side", "C", "seconds", "faster", "of Gram", "of peak", "MiB", "error")
    figures = {
        "times faster than unfolded, median": median(timing.ratio for timing in timings),
        "times the Gram matrix, median": median(timing.over_gram for timing in timings),
    }
    return BenchmarkTable("Matching", command, columns, rows, MATCH_NOTE, figures=figures)


def marked(text: str, is_met: bool) -> str:
    return text if is_met else f"{text} (missed)"


MATCH_NOTE = (
    "faster: than unfolded patches; target 5× where C ≥ 128, 4× at 64. of Gram: our time over that of the pixels' "
    "Gram matrix alone by torch's own product, the floor; target 2.5×. of peak: the Gram's arithmetic over the "
    "machine's best matmul rate. MiB: held besides the inputs, ours / unfolded. error: of the chosen patches' scores, "
    "beside the best in double precision. Every size has 4 map channels besides its C."
)


def match_timings(sides: Sequence[int], widths: Sequence[int]) -> Iterator[MatchTiming]:
    """Yield a timing of every combination, smallest first."""
    rate = matmul_rate()
    match_timing(16, 8, rate)  # loads and compiles what is loaded and compiled once
    for side in sides:
        for channels in widths:
            yield match_timing(side, channels, rate)


def match_timing(side: int, channels: int, rate: float) -> MatchTiming:
    target, style = random_features(side, channels, 0), random_features(side, channels, 1)
    weights = 1 / patch_norms(style, PATCH_SIZE)

    found: list[Tensor] = []

    def ours() -> None:
        found.append(match(target, style, weights, PATCH_SIZE).index)

    def unfolded() -> Tensor:
        return nearest_patches(target.permute(2, 0, 1), style.permute(2, 0, 1), PATCH_SIZE)[1]

    unfolded_seconds: list[float] = []
    unfolded_memory = peak_memory_of(lambda: unfolded_seconds.append(timed(unfolded)))
    memory = peak_memory_of(ours)  # and as a warm-up
    taken = min(timed(ours) for _ in range(REPEATS))
    return MatchTiming(
        side,
        channels,
        unfolded_seconds[0],
        taken,
        gram_seconds(target, style),
        2 * side**4 * target.shape[2] / taken / rate,
        unfolded_memory,
        memory,
        score_error(target, style, found[-1]),
    )


def random_features(side: int, channels: int, seed: int) -> Tensor:
    """Return (side, side, channels + 4): sparse and positive as after a ReLU, with map channels of twice the norm."""
    random = torch.Generator().manual_seed(seed)
    features = torch.randn(side, side, channels, generator=random).relu()
    labels = torch.randint(MAP_CHANNELS, (side // 8, side // 8), generator=random)
    maps = torch.nn.functional.one_hot(labels, MAP_CHANNELS).float().repeat_interleave(8, 0).repeat_interleave(8, 1)
    return torch.cat([features, 2 * (channels / 2) ** 0.5 * maps], 2)


def score_error(target: Tensor, style: Tensor, index: Tensor) -> float:
    """Return by how much at most the chosen patches' exact scores fall short of the exact best."""
    rows = target[:CHECKED_ROWS].permute(2, 0, 1).double()
    exact = correlations(rows, style.permute(2, 0, 1).double(), PATCH_SIZE)
    chosen = index[: CHECKED_ROWS - PATCH_SIZE + 1].flatten()
    return float((exact.amax(1) - exact.gather(1, chosen[:, None])[:, 0]).max())
