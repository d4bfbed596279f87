"""Faults that every test run injects: workers killed, a node lost, a store that stumbles."""

from __future__ import annotations

import random
import time
import uuid

from faulty_proxy import CUTS, REFUSED, FaultyProxy
from machines import wait_for
from troubles import slowly
from verdict import ROWS, assert_nothing_lost

KILLS = 3


def test_workers_killed_at_random(cluster, undisturbed, manifest, run, log, survivals, tmp_path):
    out = str(tmp_path / "out")
    killed: list[int] = []

    def kill() -> None:
        dice = random.Random(1)
        while len(killed) < KILLS:
            wait_for(log.in_flight)
            pid = dice.choice(log.in_flight())["pid"]
            if pid not in killed and cluster.kill_worker(pid):
                killed.append(pid)
            time.sleep(0.3)

    summary = run(manifest(), out, slowly(0.5), kill, max_attempts=KILLS + 1)

    assert summary.exit_code == 0
    outcomes = assert_nothing_lost(out, undisturbed)
    assert outcomes["worker"] >= 1, "no kill hit an attempt"
    survivals.add("worker killed", f"{len(killed)} × kill -9", len(ROWS), summary.status.rendered, 0, outcomes)


def test_a_store_that_stumbles(cluster, store, undisturbed, manifest, run, survivals, monkeypatch):
    out = f"s3://renders/{uuid.uuid4().hex}"
    proxy = FaultyProxy(store.port, rate=0.2, seed=3)
    environment = {**store.environment, "AWS_ENDPOINT_URL": proxy.endpoint}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    summary = run(manifest(), out, slowly(0, environment), lambda: None)

    assert summary.exit_code == 0
    proxy.close()
    assert proxy.counts[REFUSED] and all(proxy.counts[cut] for cut in CUTS), proxy.counts
    monkeypatch.setenv("AWS_ENDPOINT_URL", store.endpoint)
    outcomes = assert_nothing_lost(out, undisturbed)
    injected = f"{proxy.counts[REFUSED]} × 503, {proxy.cuts} connections cut"
    survivals.add("store stumbles", injected, len(ROWS), summary.status.rendered, 0, outcomes)


def test_a_node_lost(cluster, undisturbed, manifest, run, log, survivals, tmp_path):
    out = str(tmp_path / "out")
    (node,) = cluster.others

    def lose() -> None:
        wait_for(lambda: any(event["node"] == node.node_id for event in log.in_flight()))
        cluster.remove(node)

    # A lost node is not the rows' fault: with only one attempt each, none may be given up for it.
    summary = run(manifest(), out, slowly(1), lose, max_attempts=1)

    assert summary.exit_code == 0
    outcomes = assert_nothing_lost(out, undisturbed)
    assert set(outcomes) == {"node"}
    assert [event["node"] for event in log.read("node lost")] == [node.node_id]
    survivals.add("node lost", "1 node", len(ROWS), summary.status.rendered, 0, outcomes)
