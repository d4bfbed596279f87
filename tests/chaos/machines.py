"""A Ray cluster of several nodes on this machine, and ways to break it from outside."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ray.cluster_utils import Cluster

NODE = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
# A raylet that was killed refuses the check at once; one that is only slow has Ray's own ten seconds for its answer.
QUICK_TO_NOTICE = {"health_check_period_ms": 1000, "health_check_failure_threshold": 3}


class Machines:
    """A head with one CPU, and nodes with one each that come and go."""

    def __init__(self, nodes: int = 1) -> None:
        self._cluster = Cluster(
            initialize_head=True,
            head_node_args={**NODE, "include_dashboard": False, "_system_config": QUICK_TO_NOTICE},
        )
        self._nodes = nodes
        self.complete()

    @property
    def address(self) -> str:
        return str(self._cluster.address)

    @property
    def others(self) -> list[Any]:
        """The nodes besides the head."""
        return list(self._cluster.worker_nodes)

    def complete(self) -> None:
        """Add the nodes that there should be and that have been removed."""
        while len(self.others) < self._nodes:
            self._cluster.add_node(**NODE)

    def add(self, **resources: float) -> Any:
        """Add one more node, which :meth:`remove` takes away again; any thread may."""
        # Ray would have signals handled, which only the main thread may, and end the node with the thread.
        self._cluster._shutdown_at_exit = False
        try:
            return self._cluster.add_node(**{**NODE, **resources})
        finally:
            self._cluster._shutdown_at_exit = True

    def remove(self, node: Any) -> None:
        """Kill every process of a node, as a machine that loses power."""
        self._cluster.remove_node(node, allow_graceful=False)

    def kill_head(self) -> None:
        self._cluster.head_node.kill_all_processes(check_alive=False, allow_graceful=False, wait=True)

    @property
    def gcs(self) -> int:
        """The process that keeps the cluster's state, on the head."""
        (server,) = self._cluster.head_node.all_processes["gcs_server"]
        return int(server.process.pid)

    def raylets(self) -> set[int]:
        """The process of each node that starts its workers; a node that is being removed may have none any more."""
        found = [node.all_processes.get("raylet") for node in self._cluster.list_all_nodes()]
        return {int(raylet[0].process.pid) for raylet in found if raylet}

    def workers(self) -> set[int]:
        """Processes that our raylets have started to run tasks."""
        raylets = self.raylets()
        return {pid for pid, parent in processes() if parent in raylets}

    def kill_worker(self, pid: int) -> bool:
        """``kill -9``; False when it is no worker of ours, or gone already."""
        if pid not in self.workers():
            return False
        os.kill(pid, signal.SIGKILL)
        return True

    def close(self) -> None:
        self._cluster.shutdown()


def processes() -> Iterator[tuple[int, int]]:
    """(pid, parent's pid) of every process on this machine."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # After the name, which may hold anything, in parentheses: the state, then the parent.
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        yield int(folder.name), parent


def wait_for(condition: Any, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("waited too long")
        time.sleep(0.02)
