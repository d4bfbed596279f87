"""The most that some GPUs can do, by their makers' data sheets; what is worked out from it was never measured."""

from __future__ import annotations

from dataclasses import dataclass

from semstyle.bench.device.counting import Counts
from semstyle.errors import InputError

LAUNCH_SECONDS = 5e-6
"""About what a host takes to ask for one of torch's operations, one by one, in seconds."""
CAPTURED_SECONDS = 1e-6
"""About what a GPU takes from one kernel of a captured graph to the next, in seconds."""


@dataclass(frozen=True)
class Peaks:
    """The peaks of one GPU.

    Attributes:
        bandwidth: Bytes/s between it and its own memory.
        products: FLOP/s of matrix products without sparsity as renders have them: in TF32 where the GPU has it.
    """

    name: str
    bandwidth: float
    products: float

    def memory_seconds(self, counts: Counts) -> float:
        return counts.bytes / self.bandwidth

    def product_seconds(self, counts: Counts) -> float:
        return counts.flop / self.products

    def least_seconds(self, counts: Counts) -> float:
        """Return the longest of what goes on at once: the host's asking, traffic to memory, and products."""
        return max(launch_seconds(counts), self.memory_seconds(counts), self.product_seconds(counts))

    def captured_seconds(self, counts: Counts) -> float:
        """Return the same if nobody had to ask, as all of it were one captured graph."""
        asked = counts.operations * CAPTURED_SECONDS
        return max(asked, self.memory_seconds(counts), self.product_seconds(counts))


def launch_seconds(counts: Counts) -> float:
    return counts.operations * LAUNCH_SECONDS


GPUS = {
    gpu.name: gpu
    for gpu in (
        Peaks("H100", 3.35e12, 494e12),  # SXM
        Peaks("H200", 4.8e12, 494e12),  # SXM
        Peaks("A100", 2.039e12, 156e12),  # SXM, 80 GB
        Peaks("L4", 0.3e12, 60e12),
    )
}


def peaks_of(name: str) -> Peaks:
    """Return a GPU's peaks by its name, in any letters; raises :class:`InputError` when it is not known."""
    peaks = GPUS.get(name.upper())
    if peaks is None:
        raise InputError(f"--gpu {name}: its data sheet is not known here; choose {', '.join(GPUS)}")
    return peaks
