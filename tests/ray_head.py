"""A Ray head of its own, with the dashboard that takes jobs."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from programs import free_ports, start, wait_until

NO_TOKEN = {"RAY_AUTH_MODE": "disabled"}


@contextmanager
def ray_head() -> Iterator[str]:
    """Start a head of two CPUs on ports of its own, on loopback; gives its dashboard's address, and ends it."""
    gcs, dashboard, client, agent, metrics = free_ports(5)
    folder = tempfile.mkdtemp(prefix="ray-", dir="/tmp")  # Ray's socket paths must be short
    options = {
        "node-ip-address": "127.0.0.1",
        "port": gcs,
        "dashboard-host": "127.0.0.1",
        "dashboard-port": dashboard,
        "ray-client-server-port": client,
        "dashboard-agent-listen-port": agent,
        "metrics-export-port": metrics,
        "num-cpus": 2,
        "object-store-memory": 100 * 1024**2,
        "temp-dir": folder,
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    patience = {"RAY_JOB_STOP_WAIT_TIME_S": "60"}  # as cluster/ sets it: Ray's own three seconds are no time to stop in
    process = start(["ray", "start", "--head", "--block", *arguments], Path(folder), **NO_TOKEN, **patience)
    address = f"http://127.0.0.1:{dashboard}"
    try:
        wait_until(lambda: answers(f"{address}/api/jobs/"), process)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)  # with --block, it ends what it started
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        shutil.rmtree(folder, ignore_errors=True)


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2):
            return True
    except OSError:
        return False
