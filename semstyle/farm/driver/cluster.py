"""Joining the Ray cluster of a run, or starting it, and asking what its nodes have."""

from __future__ import annotations

import contextlib
import importlib
import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from semstyle.farm.demand import Demand, choose_demand
from semstyle.farm.driver.head import answers, check_head, require_head
from semstyle.farm.driver.own_ray import check_folder, keep_token_to_ourselves
from semstyle.farm.errors import ClusterLostError, FarmError, RayNotStartedError
from semstyle.farm.options import RunOptions
from semstyle.interrupts import handlers_kept

if TYPE_CHECKING:
    import types

SMALLEST_OBJECT_STORE = 100 * 1024**2
"""The smallest object store that Ray takes; it is enough, as tasks pass URIs and numbers, never images."""
REFRESH_SECONDS = 2.0
HEAD_SECONDS = 30.0
"""How long the head may be silent: long enough to be started again, and shorter than the 60 s after which Ray ends the
driver."""
LOCAL = "local"
TOKEN_HINT = "if it wants a token, set RAY_AUTH_MODE=token, and RAY_AUTH_TOKEN as it is set on its head"


class Cluster:
    """The nodes that are alive, looked up every two seconds at most.

    Args:
        node_lost: Called with the id of each node that is not there any more.
        can_grow: Whether there may be an autoscaler.

    Attributes:
        draining: Ids of nodes that are about to leave: what runs there may end, and Ray sends nothing more there.
    """

    def __init__(self, node_lost: Callable[[str], None] = lambda node: None, can_grow: bool = True) -> None:
        self._node_lost = node_lost
        self.can_grow = can_grow
        self.draining: frozenset[str] = frozenset()
        self._looked_at = float("-inf")
        self._heard_at = time.monotonic()
        self._nodes: dict[str, dict[str, float]] = {}
        self._addresses: dict[str, str] = {}

    @property
    def nodes(self) -> dict[str, dict[str, float]]:
        """Node id → its resources in all (not what is free).

        Raises:
            ClusterLostError: when the head has not answered for ``HEAD_SECONDS``.
        """
        if time.monotonic() - self._looked_at > REFRESH_SECONDS:
            self._look()
            self._looked_at = time.monotonic()
        return self._nodes

    def _look(self) -> None:
        ray = ray_module()
        head = ray.get_runtime_context().gcs_address
        # Without its head `ray.nodes` blocks, and after a minute Ray ends this process.
        if not answers(head):
            silence = time.monotonic() - self._heard_at
            if silence > HEAD_SECONDS:
                raise ClusterLostError(
                    f"the cluster is lost: its head at {head} has not answered for {silence:.0f} s. What was committed "
                    "is safe; run the same command again on a cluster that is there to continue"
                )
            return
        self._heard_at = time.monotonic()
        before = self._nodes
        alive = [node for node in ray.nodes() if node["Alive"]]
        self.draining = draining_nodes(ray)
        self._nodes = {node["NodeID"]: node["Resources"] for node in alive}
        self._addresses = {node["NodeID"]: node["NodeManagerAddress"] for node in alive}
        for node in before.keys() - self._nodes.keys():
            self._node_lost(node)

    def is_alive(self, node: str) -> bool:
        return node in self.nodes

    def places(self, demand: Demand, without: Collection[str] = ()) -> int:
        """Count the renders of this demand that fit on the cluster at once.

        Args:
            without: Ids of nodes that do not count; neither do those that are about to leave.
        """
        nodes = self.nodes
        out = self.draining.union(without)
        return sum(demand.places(resources) for node, resources in nodes.items() if node not in out)

    def fits(self, demand: Demand, without: Collection[str] = ()) -> bool:
        """Whether a render of this demand fits on a node that stays and is not among ``without``."""
        return bool(self.places(demand, without))

    def addresses(self, demand: Demand) -> dict[str, str]:
        """Return id → address of the nodes that have room for a render of this demand."""
        return {node: self._addresses[node] for node, resources in self.nodes.items() if demand.places(resources)}

    def demand(self, options: RunOptions, renders: int, ask: Callable[[Demand], None]) -> Demand:
        """Choose what each of ``renders`` renders asks for.

        Args:
            ask: Called every second with what no node has yet, so that one may come.

        Raises:
            FarmError: when no node can ever give that; Ray would wait for ever without a word.
        """
        deadline = time.monotonic() + options.wait_for_nodes
        choice = (renders, options.gpus_per_render, options.cpus_per_render)
        demand = choose_demand(self.nodes.values(), *choice)
        while not self.places(demand):
            if time.monotonic() >= deadline:
                raise FarmError(self._nothing_fits(demand))
            ask(demand)
            time.sleep(1)
            demand = choose_demand(self.nodes.values(), *choice)
        return demand

    def _nothing_fits(self, demand: Demand) -> str:
        have = "; ".join(sorted({node_size(resources) for resources in self.nodes.values()})) or "no nodes"
        return (
            f"no node can give a render {demand}; the cluster has nodes with {have}. Choose --gpus-per-render and "
            "--cpus-per-render to fit a node, or let new nodes come with --wait-for-nodes SECONDS"
        )


def node_size(resources: dict[str, float]) -> str:
    return f"{resources.get('GPU', 0):g} GPUs and {resources.get('CPU', 0):g} CPUs"


def draining_nodes(ray: types.ModuleType) -> frozenset[str]:
    """Return the ids of nodes that are about to leave, as their machine is wanted back or they are not needed.

    Ray's own libraries ask in the same way; there is no public one. Where it does not answer, no node is.
    """
    with contextlib.suppress(Exception):
        return frozenset(ray._private.state.state.get_draining_nodes())
    return frozenset()


@contextmanager
def connected(address: str | None, node_lost: Callable[[str], None]) -> Iterator[Cluster]:
    """Join the cluster at ``address`` or RAY_ADDRESS, else start a Ray on this machine for as long as needed.

    Args:
        node_lost: See :class:`Cluster`.

    Raises:
        FarmError: when there is no cluster at that address.
        RayNotStartedError: when there is none here either.
    """
    address = cluster_address(address)
    check_address(address)
    if address == LOCAL:
        keep_token_to_ourselves()
    # The driver handles every error of a task; Ray need not print those whose stream was dropped.
    os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")
    ray = ray_module()
    if ray.is_initialized():
        yield Cluster(node_lost)
        return
    if address == LOCAL:
        check_folder()
    else:
        require_head(address)
    options: dict[str, Any] = {"address": address, "log_to_driver": False, "logging_level": "ERROR"}
    if address == LOCAL:
        options.update(include_dashboard=False, object_store_memory=SMALLEST_OBJECT_STORE)
    try:
        with handlers_kept():
            ray.init(**options)
    except Exception as error:  # Ray raises this very class when its processes do not start in time
        raise not_joined(address, error) from error
    except SystemExit:  # Ray's own handler of SIGTERM, while it was at it
        raise KeyboardInterrupt from None
    try:
        yield Cluster(node_lost, can_grow=address != LOCAL)
    except ClusterLostError:
        # First say so: without a head the farewell takes long, and Ray may end this process before it is over.
        raise
    except BaseException:
        shut_down(ray)
        raise
    shut_down(ray)


def not_joined(address: str, error: Exception) -> FarmError:
    """Return an error that says in one line that there is no Ray, and why."""
    words = in_words(error)
    if address == LOCAL:
        return RayNotStartedError(
            f"Ray did not start on this machine: {words}; where other work keeps it busy, try again later"
        )
    # Ray says no more than that when its token is missing or wrong.
    hint = f"; {TOKEN_HINT}" if words.startswith("Failed to connect") else ""
    return FarmError(f"cannot join the Ray cluster at {address}: {words}{hint}")


def shut_down(ray: types.ModuleType) -> None:
    """Leave the cluster, or end it if it is our own; the handlers of signals that Ray removes are put back."""
    with handlers_kept():
        ray.shutdown()


def cluster_address(chosen: str | None) -> str:
    """Return where to find Ray: as chosen, else as RAY_ADDRESS says, else ``local``, which starts a Ray of our own."""
    return chosen or os.environ.get("RAY_ADDRESS") or LOCAL


def check_address(address: str) -> None:
    """Raise :class:`FarmError` unless ``address`` can name a cluster; whether there is one is not looked at."""
    if address.startswith(("http://", "https://")):
        raise FarmError(
            f"{address} is a cluster's dashboard: hand it the job with `semstyle submit M -o OUT --address {address}`, "
            "or give --address HOST:6379 from one of its nodes"
        )
    if address.startswith("ray://"):
        raise FarmError(
            f"{address}: Ray Client loses a run when its connection breaks, and cannot stream answers; use "
            "`semstyle submit M -o OUT --address http://HEAD:8265`"
        )
    if address != LOCAL:
        check_head(address)


def ray_module() -> types.ModuleType:
    return importlib.import_module("ray")


def in_words(error: Exception) -> str:
    """Return what Ray says on one line; if versions differ, Ray puts each of them on a line of its own."""
    text = str(error).strip() or type(error).__name__
    if text.startswith("Version mismatch"):
        return " ".join(text.split())
    return text.splitlines()[0]
