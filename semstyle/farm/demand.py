"""What one render asks of a node."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

MOST_THREADS = 4
"""Most threads of one render; with more, they mostly wait for each other."""
MEMORY = 2 * 1024**3
"""Bytes of memory that a node should have for each CPU render."""


@dataclass(frozen=True)
class Demand:
    """How many GPUs and CPUs one render gets; a GPU render asks for so few CPUs that no GPU stays idle for them."""

    gpus: float
    cpus: float

    @property
    def threads(self) -> int:
        return max(1, math.floor(self.cpus))

    def whole_gpu(self) -> Demand:
        """Return the same demand with a whole GPU, for a render that ran out of memory on a shared one."""
        return replace(self, gpus=max(1.0, self.gpus))

    def places(self, resources: Mapping[str, float]) -> int:
        """How many such renders a node with these resources holds at once."""
        by_cpu = resources.get("CPU", 0.0) / self.cpus
        gpus = resources.get("GPU", 0.0)
        if self.gpus == 0:
            return math.floor(by_cpu)
        # Ray does not split a fraction over two GPUs.
        by_gpu = gpus * math.floor(1 / self.gpus) if self.gpus <= 1 else gpus / self.gpus
        return math.floor(min(by_cpu, by_gpu))

    def __str__(self) -> str:
        cpus = f"{self.cpus:g} CPU" + ("" if self.cpus == 1 else "s")
        return cpus if self.gpus == 0 else f"{self.gpus:g} GPU{'' if self.gpus == 1 else 's'} and {cpus}"


def choose_demand(
    nodes: Iterable[Mapping[str, float]], renders: int, gpus_per_render: float | None, cpus_per_render: float | None
) -> Demand:
    """Choose a demand that suits these nodes' resources, as far as the user has not chosen it.

    Args:
        renders: How many renders there are to make.
    """
    nodes = list(nodes)
    gpus = gpus_per_render
    if gpus is None:
        gpus = 1.0 if any(node.get("GPU", 0) >= 1 for node in nodes) else 0.0
    if cpus_per_render is not None:
        return Demand(gpus, cpus_per_render)
    return Demand(gpus, min(1.0, gpus) if gpus > 0 else float(choose_threads(nodes, renders)))


def choose_threads(nodes: Sequence[Mapping[str, float]], renders: int) -> int:
    """Choose how many CPUs one render gets: as few as memory allows, more only if there are fewer renders than CPUs.

    Renders side by side use CPUs better than the threads of one render do.
    """
    cpus = [node.get("CPU", 0.0) for node in nodes]
    idle_otherwise = min(MOST_THREADS, sum(cpus) / max(1, renders))
    short_of_memory = max(
        (math.ceil(node.get("CPU", 0.0) * MEMORY / node["memory"]) for node in nodes if node.get("memory")), default=1
    )
    widest = max(cpus, default=1.0)
    return max(1, math.floor(min(widest, max(idle_otherwise, short_of_memory))))
