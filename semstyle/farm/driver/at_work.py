"""Counting what runs on which node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from semstyle.farm.driver.bad_nodes import Nodes
from semstyle.farm.driver.fleet import Flight
from semstyle.farm.monitor.snapshot import MOST_SHOWN
from semstyle.farm.monitor.status import NodeAtWork


def nodes_at_work(flights: Iterable[Flight], nodes: Nodes) -> list[NodeAtWork]:
    """Return the nodes on which most renders run.

    Args:
        nodes: Id → address; a node that is not there goes by its id.
    """
    running: Counter[str] = Counter()
    for flight in flights:
        if flight.started:
            running[flight.started.node] += len(flight.pending)
    return [
        NodeAtWork(node=node, address=nodes.get(node, node[:8]), running=count)
        for node, count in running.most_common(MOST_SHOWN)
    ]
