"""Drivers that are killed, that meet another one, and whose cluster dies under them: real ``semstyle run`` programs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from events import Events
from faulty_proxy import FaultyProxy
from machines import Machines, wait_for
from programs import PATIENCE, semstyle, start, wait_until
from verdict import ROWS, assert_nothing_lost

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

NO_TOKEN = {"RAY_AUTH_MODE": "disabled"}
KILLS = 3


def command(path: str, out: str, address: str, log: Path) -> list[str]:
    return semstyle("run", path, "-o", out, "--address", address, "--cpus-per-render", "1", "--log", str(log))


def test_a_driver_killed_again_and_again(cluster, undisturbed, manifest, survivals, tmp_path):
    path, out, kills, committed = manifest(), tmp_path / "out", 0, 0
    for attempt in range(KILLS):
        log = Events(tmp_path / f"{attempt}.log")
        driver = start(command(path, str(out), cluster.address, log.path), tmp_path, **NO_TOKEN)
        wait_until(lambda log=log: bool(log.read("attempt committed")), driver)
        driver.kill()
        driver.communicate()
        kills += 1
        committed += len(log.read("attempt committed"))

    last = start(command(path, str(out), cluster.address, tmp_path / "last.log"), tmp_path, **NO_TOKEN)
    output, _ = last.communicate(timeout=PATIENCE)

    assert last.returncode == 0, output
    outcomes = assert_nothing_lost(str(out), undisturbed)
    assert KILLS <= committed < len(ROWS)
    survivals.add("driver killed", f"{kills} × kill -9", len(ROWS), len(ROWS), 0, outcomes)


def test_two_drivers_through_a_store_that_stumbles(cluster, undisturbed, manifest, store, survivals, tmp_path):
    path, out, go = manifest(), f"s3://renders/{uuid.uuid4().hex}", tmp_path / "go"
    proxy = FaultyProxy(store.port, rate=0.1, seed=5)
    environment = {**store.environment, "AWS_ENDPOINT_URL": proxy.endpoint, **NO_TOKEN}
    logs = [Events(tmp_path / f"{number}.log") for number in range(2)]
    readies = [tmp_path / f"{number}.ready" for number in range(2)]
    program = [sys.executable, str(Path(__file__).with_name("slow_driver.py")), path, out, cluster.address]

    drivers = [
        start([*program, str(log.path), str(ready), str(go)], tmp_path, **environment)
        for log, ready in zip(logs, readies, strict=True)
    ]
    for driver, ready in zip(drivers, readies, strict=True):
        wait_until(ready.exists, driver)
    go.touch()
    outputs = [driver.communicate(timeout=2 * PATIENCE)[0] for driver in drivers]
    proxy.close()

    assert [driver.returncode for driver in drivers] == [0, 0], outputs
    with pytest.MonkeyPatch.context() as patch:
        for name, value in store.environment.items():
            patch.setenv(name, value)
        outcomes = assert_nothing_lost(out, undisturbed)
    first, second = ({event["render_id"] for event in log.read("attempt committed")} for log in logs)
    assert first & second, "no row was rendered by both, so this shows nothing"
    injected = f"{len(first & second)} rows rendered by both, {proxy.cuts} connections cut"
    survivals.add("two drivers", injected, len(ROWS), len(ROWS), 0, outcomes)


def test_a_driver_whose_cluster_dies_says_so(undisturbed, manifest, survivals, tmp_path):
    path, out, log = manifest(), tmp_path / "out", Events(tmp_path / "lost.log")
    machines = Machines(nodes=0)
    try:
        driver = subprocess.Popen(
            command(path, str(out), machines.address, log.path),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_until(lambda: bool(log.read("attempt committed")), driver)
        machines.kill_head()
        _, errors = driver.communicate(timeout=PATIENCE)
    finally:
        machines.close()

    assert driver.returncode == 1, errors
    assert "the same command" in errors.splitlines()[-1] and "Traceback" not in errors
    assert json.loads((out / "status.json").read_text())["state"] == "failed"
    assert log.read("run ended")[-1]["state"] == "failed"

    again = start(command(path, str(out), "local", tmp_path / "again.log"), tmp_path, **NO_TOKEN)
    output, _ = again.communicate(timeout=PATIENCE)
    assert again.returncode == 0, output
    outcomes = assert_nothing_lost(str(out), undisturbed)
    survivals.add("cluster lost", "its head killed", len(ROWS), len(ROWS), 0, outcomes)


def test_sigterm_in_the_middle_of_an_outage_ends_at_once(manifest, store, survivals, tmp_path):
    path, out, log = manifest(), f"s3://renders/{uuid.uuid4().hex}", Events(tmp_path / "stopped.log")
    environment = {**store.environment, **NO_TOKEN}
    driver = start([*command(path, out, "local", log.path), "--grace", "1"], tmp_path, **environment)
    wait_until(lambda: bool(log.read("attempt committed")), driver)
    store.kill()
    try:
        wait_for(lambda: log.read("attempt failed"))
        driver.send_signal(signal.SIGTERM)
        output, _ = driver.communicate(timeout=PATIENCE)
    finally:
        store.start()
    assert driver.returncode == 130, output
    assert "Traceback" not in output
