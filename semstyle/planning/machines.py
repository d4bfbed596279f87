"""The machines that a manifest would be rendered on: a cluster's nodes, or this one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from semstyle.farm.driver.cluster import LOCAL, check_address, cluster_address, connected

NVIDIA_GPUS = Path("/proc/driver/nvidia/gpus")
CONTROL_GROUP = Path("/sys/fs/cgroup/memory.max")
GIBIBYTE = 2**30
ACCELERATOR = "accelerator_type:"
"""What the name of a resource begins with by which Ray tells a node's kind of GPU."""
GPU_MEMORY = {
    "A10G": 24,
    "A100": 40,
    "A100-40G": 40,
    "A100-80G": 80,
    "B200": 180,
    "H100": 80,
    "H200": 141,
    "L4": 24,
    "L40S": 48,
    "P100": 16,
    "RTX-PRO-6000": 96,
    "T4": 16,
    "V100": 16,
}
"""Gigabytes of memory of each kind of GPU that Ray tells apart; of those that have several sizes, the smallest."""


@dataclass(frozen=True)
class Machines:
    """The nodes there are.

    Attributes:
        nodes: What each has, by Ray's names: ``CPU``, ``GPU`` and ``memory`` in bytes.
        gpu_memory: Bytes of the smallest GPU's memory; None when there is none, or when that is not known.
    """

    nodes: Sequence[Mapping[str, float]]
    gpu_memory: float | None = None

    @property
    def cpus(self) -> float:
        return sum(node.get("CPU", 0.0) for node in self.nodes)

    @property
    def gpus(self) -> float:
        return sum(node.get("GPU", 0.0) for node in self.nodes)

    @property
    def largest_memory(self) -> float | None:
        """Bytes of the memory of the node that has most; None when that is not known."""
        return max((node["memory"] for node in self.nodes if node.get("memory")), default=None)


def machines_at(address: str | None) -> Machines:
    """Return the nodes of the cluster at ``address``, else RAY_ADDRESS, else this machine; no Ray is started.

    Raises:
        FarmError: when there is no cluster at that address.
    """
    chosen = cluster_address(address)
    check_address(chosen)
    if chosen == LOCAL:
        return this_machine()
    with connected(chosen, lambda node: None) as cluster:
        nodes = list(cluster.nodes.values())
    kinds = {name.removeprefix(ACCELERATOR) for node in nodes for name in node if name.startswith(ACCELERATOR)}
    is_known = bool(kinds) and kinds <= GPU_MEMORY.keys()
    return Machines(nodes, min(GPU_MEMORY[kind] for kind in kinds) * 1e9 if is_known else None)


def this_machine() -> Machines:
    """Return this machine, as a Ray of our own would see it."""
    node = {"CPU": float(len(os.sched_getaffinity(0))), "memory": machine_memory()}
    if not NVIDIA_GPUS.is_dir():
        return Machines([node])
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not count:
        return Machines([node])
    memory = min(torch.cuda.get_device_properties(number).total_memory for number in range(count))
    return Machines([{**node, "GPU": float(count)}], float(memory))


def machine_memory() -> float:
    """Return the bytes of memory that this machine, or the container around this process, has."""
    memory = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with contextlib.suppress(OSError, ValueError):
        memory = min(memory, float(CONTROL_GROUP.read_text()))
    return memory
