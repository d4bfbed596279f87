"""A node on which every task dies, which is mended or not, and one whose driver is too old: rows go elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import machines
import pyarrow.parquet as pq
import pytest
from machines import wait_for
from troubles import dying_on, with_old_driver_on
from verdict import ROWS, assert_nothing_lost

from semstyle.farm import read_status
from semstyle.farm.driver import bad_nodes

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]


@pytest.fixture
def bad_node(cluster: machines.Machines) -> Iterator[Any]:
    """A third node, which is removed after the test."""
    node = cluster.add()
    yield node
    cluster.remove(node)


def nodes_of(out: Path) -> dict[str, list[tuple[str, str]]]:
    """Render id → node and outcome of each of its attempts."""
    attempts = {path.stem: pq.read_table(path)["attempts"][0].as_py() for path in (out / "records").iterdir()}
    return {name: [(attempt["node"], attempt["outcome"]) for attempt in tried] for name, tried in attempts.items()}


@pytest.mark.parametrize("most", [3, 1])
def test_a_node_on_which_every_task_dies(bad_node, undisturbed, manifest, run, log, survivals, tmp_path, most):
    out, mark, gate = tmp_path / "out", tmp_path / "broken", tmp_path / "gate"
    mark.touch()

    def open_gate() -> None:
        wait_for(lambda: log.read("node avoided"))
        gate.touch()

    perform = dying_on(bad_node.node_id, str(mark), str(gate), patience=20)
    summary = run(manifest(), str(out), perform, open_gate, max_attempts=most)

    assert (summary.exit_code, summary.status.failed) == (0, 0)
    outcomes = assert_nothing_lost(str(out), undisturbed)
    tried = nodes_of(out)
    assert all(node != bad_node.node_id for attempts in tried.values() for node, outcome in attempts[-1:])
    failed = [node for attempts in tried.values() for node, outcome in attempts if outcome == "worker"]
    assert set(failed) == {bad_node.node_id} and len(failed) >= bad_nodes.MOST_FAILURES
    (avoided,) = log.read("node avoided")
    assert (avoided["node"], avoided["seconds"]) == (bad_node.node_id, bad_nodes.FIRST_SECONDS)
    assert "3 tasks died on it" in avoided["message"]
    (shown,) = read_status(str(out)).avoided_nodes
    assert shown.node == bad_node.node_id and shown.reason == avoided["message"] and shown.address == avoided["address"]
    survivals.add(
        f"bad node, {most} attempts", f"{len(failed)} segfaults", len(ROWS), summary.status.rendered, 0, outcomes
    )


def test_a_bad_node_that_is_mended_is_used_again(
    bad_node, undisturbed, manifest, run, log, survivals, tmp_path, monkeypatch
):
    out, mark, gate = tmp_path / "out", tmp_path / "broken", tmp_path / "gate"
    mark.touch()
    monkeypatch.setattr(bad_nodes, "BadNodes", partial(bad_nodes.BadNodes, seconds=1))
    more = [f"more{number:02}" for number in range(40)]

    def mend() -> None:
        wait_for(lambda: len(log.read("node avoided")) >= 2)
        mark.unlink()
        wait_for(lambda: log.read("node cleared"))
        gate.touch()

    summary = run(manifest(more=more), str(out), dying_on(bad_node.node_id, str(mark), str(gate)), mend)

    assert (summary.exit_code, summary.status.failed) == (0, 0)
    assert [event["seconds"] for event in log.read("node avoided")][:2] == [1, 2]
    assert len(log.read("node tried again")) >= 2
    assert [event["node"] for event in log.read("node cleared")] == [bad_node.node_id]
    tried = nodes_of(out).values()
    rendered = [attempts[-1][0] for attempts in tried]
    assert len(rendered) == len(ROWS) + len(more) and bad_node.node_id in rendered
    assert read_status(str(out)).avoided_nodes == []
    outcomes = Counter(outcome for attempts in tried for _, outcome in attempts[:-1])
    injected = f"{sum(outcomes.values())} segfaults, then mended"
    survivals.add("bad node, mended", injected, len(rendered), summary.status.rendered, 0, outcomes)


def test_a_node_whose_driver_is_too_old(cluster, undisturbed, manifest, run, log, survivals, tmp_path):
    out = tmp_path / "out"
    old, new = cluster.add(num_gpus=1), cluster.add(num_gpus=1)
    try:
        summary = run(
            manifest(), str(out), with_old_driver_on(old.node_id), lambda: None, gpus_per_render=1, max_attempts=1
        )
    finally:
        cluster.remove(old)
        cluster.remove(new)

    assert (summary.exit_code, summary.status.failed) == (0, 0)
    outcomes = assert_nothing_lost(str(out), undisturbed)
    assert set(outcomes) == {"device"}
    (avoided,) = log.read("node avoided")
    assert avoided["node"] == old.node_id
    assert "NVIDIA's driver of unknown version, which knows CUDA up to 12.2, is too old" in avoided["message"]
    assert "580 or newer; update the driver" in avoided["message"]
    assert all(attempts[-1][0] == new.node_id for attempts in nodes_of(out).values())
    survivals.add("driver too old", "1 node of 2", len(ROWS), summary.status.rendered, 0, outcomes)
