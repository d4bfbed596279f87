"""A cluster that has no node until a run asks for some, with both of Ray's autoscalers."""

from __future__ import annotations

from collections.abc import Iterator

import gates
import pytest
import ray
from autoscaled import MOST_NODES, Autoscaled, autoscaled
from machines import wait_for
from verdict import ROWS, assert_each_row_once

from semstyle.farm import read_status
from semstyle.farm.driver.autoscaling import capacity, worth

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]


@pytest.fixture(params=[1, 2])
def growing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Autoscaled]:
    """A head without nodes, for a run of renders that are worth a node each, and that asks every second."""
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setattr(worth, "WORTH_SECONDS", 0.01)
    monkeypatch.setattr(capacity, "ASK_SECONDS", 1.0)
    ray.cloudpickle.register_pickle_by_value(gates)
    with autoscaled(request.param) as cluster:
        yield cluster


def test_nodes_come_for_a_run_and_go_after_it(growing, manifest, run, survivals, tmp_path):
    out, gate = tmp_path / "out", tmp_path / "gate"
    # The second autoscaler starts nothing for a request beyond its limits: the run has to find these.
    asked = MOST_NODES if growing.version == 2 else len(ROWS)
    assert growing.nodes == 0

    def open_gate() -> None:
        wait_for(lambda: growing.asked == [{"CPU": 1.0}] * asked)
        wait_for(lambda: growing.nodes == MOST_NODES)
        wait_for(lambda: read_status(str(out)).running == MOST_NODES)
        gate.touch()

    summary = run(manifest(), str(out), gates.behind(str(gate)), open_gate, wait_for_nodes=240)

    assert (summary.exit_code, summary.status.rendered, summary.status.retries) == (0, len(ROWS), 0)
    outcomes = assert_each_row_once(str(out), ROWS)
    assert growing.asked == []
    if growing.version == 2:  # the first one tells nodes by their addresses, and here all have the same
        wait_for(lambda: growing.nodes == 0)
    injected = f"0 to {MOST_NODES} nodes, and back"
    survivals.add(f"autoscaler {growing.version}", injected, len(ROWS), summary.status.rendered, 0, outcomes)
