"""Nodes that are added and taken away throughout a run, as an autoscaler and a market of spot machines do."""

from __future__ import annotations

import time
from typing import Any

import gates
import pytest
import ray
from machines import wait_for
from ray.core.generated.autoscaler_pb2 import DrainNodeReason
from verdict import ROWS, assert_each_row_once

from semstyle.farm import read_status
from semstyle.farm.connected_head import connected_head

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

MORE = [f"more{number:02}" for number in range(10)]
LAST = [f"last{number:02}" for number in range(8)]
"""More than there are ever places, so that all of these are in use until the end."""


def announce_end(node: Any) -> None:
    """Say that a node's machine is wanted back in some minutes, as a spot machine's agent does."""
    deadline = int((time.time() + 300) * 1000)
    reason = DrainNodeReason.DRAIN_NODE_REASON_PREEMPTION
    is_accepted, why_not = connected_head().drain_node(node.node_id, reason, "wanted back", deadline)
    assert is_accepted, why_not


def test_places_follow_nodes_and_no_row_is_lost_with_them(cluster, manifest, run, log, survivals, tmp_path):
    ray.cloudpickle.register_pickle_by_value(gates)
    out, gate = str(tmp_path / "out"), tmp_path / "gate"
    gone: list[str] = []

    def in_flight(node: Any) -> int:
        return sum(event["node"] == node.node_id for event in log.in_flight())

    def lost() -> set[str]:
        return {event["node"] for event in log.read("node lost")}

    def take_away(node: Any) -> None:
        cluster.remove(node)
        gone.append(node.node_id)

    def come_and_go() -> None:
        wait_for(lambda: log.in_flight() and read_status(out).places == 2)
        for count in (1, 2):
            nodes = [cluster.add() for _ in range(count)]
            wait_for(lambda: read_status(out).places == 2 + len(nodes))  # noqa: B023 - it is called at once
            wait_for(lambda: all(map(in_flight, nodes)))  # noqa: B023
            for node in nodes:
                take_away(node)
            wait_for(lambda: read_status(out).places == 2)
        wanted_back = cluster.add(num_cpus=2)
        wait_for(lambda: read_status(out).places == 4 and in_flight(wanted_back) == 2)
        announce_end(wanted_back)
        wait_for(lambda: read_status(out).places == 2)
        wait_for(lambda: read_status(out).queued <= 2)
        assert in_flight(wanted_back) == 2, "what runs there goes on as long as it can"
        take_away(wanted_back)
        wait_for(lambda: lost() == set(gone))
        gate.touch()

    rows = [*ROWS, *MORE, *LAST]
    # A lost node is not the rows' fault: with only one attempt each, none may be given up for it.
    summary = run(manifest(more=MORE + LAST), out, gates.last_ones_behind(str(gate), 1.0), come_and_go, max_attempts=1)

    assert (summary.exit_code, summary.status.failed, summary.status.rendered) == (0, 0, len(rows))
    outcomes = assert_each_row_once(out, rows)
    assert set(outcomes) == {"node"}
    assert lost() == set(gone)
    injected = f"{len(gone)} nodes added and lost"
    survivals.add("nodes come and go", injected, len(rows), summary.status.rendered, 0, outcomes)
