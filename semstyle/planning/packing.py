"""How many renders a GPU or a node has room for at once, by their memory."""

from __future__ import annotations

import math
from collections.abc import Mapping

from semstyle.farm.demand import Demand

USABLE = 0.9
"""The share of a memory that renders may fill: allocators leave gaps, and estimates are not exact."""
SHARES = (1, 2, 4, 5, 8, 10)
"""Into how many equal parts a GPU is divided; all of them are fractions that Ray adds up to 1 exactly."""


def room_for_one(demand: Demand, node_memory: float | None, gpu_memory: float | None) -> float | None:
    """Return the bytes that a render may take when it has a node, or the GPUs of its demand, to itself.

    None when nobody knows how much memory there is.
    """
    memory = gpu_memory if demand.gpus > 0 else node_memory
    return None if memory is None else USABLE * memory


def room_beside_others(demand: Demand, node: Mapping[str, float], gpu_memory: float | None) -> float | None:
    """Return the bytes that each render may take when all places of a node are busy."""
    if demand.gpus > 0:
        return None if gpu_memory is None else USABLE * gpu_memory * min(1.0, demand.gpus)
    places = demand.places(node)
    return USABLE * node["memory"] / places if places and node.get("memory") else None


def recommended_gpus(peak_memory: float, gpu_memory: float | None) -> float | None:
    """Return the share of a GPU to give each render: as many side by side as its memory holds; None without knowing."""
    if gpu_memory is None or peak_memory <= 0:
        return None
    fitting = [parts for parts in SHARES if parts * peak_memory <= USABLE * gpu_memory]
    return 1 / max(fitting, default=1)


def recommended_cpus(peak_memory: float, node: Mapping[str, float]) -> float | None:
    """Return how many CPUs to give each render, so that those side by side on a node fit its memory."""
    if not node.get("memory") or not node.get("CPU"):
        return None
    side_by_side = max(1, math.floor(USABLE * node["memory"] / peak_memory))
    return float(max(1, math.ceil(node["CPU"] / side_by_side)))
