"""Addresses where no head is, and a head of another version: one line in seconds, where Ray waits for ever."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator

import pytest
from programs import free_ports, run, semstyle
from silent_server import silent_server

from semstyle.farm.driver.head import require_head
from semstyle.farm.errors import FarmError

SOON = 30


@pytest.fixture
def web() -> Iterator[str]:
    """The address of a web server, such as a dashboard."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("address", ["head", "", ":6379", "head:port", "10.0.0.1:", "10.0.0.1:6379/x"])
def test_what_is_no_address(address):
    with pytest.raises(FarmError, match="give auto, local, or a head's HOST:PORT"):
        require_head(address)


@pytest.mark.parametrize("address", ["no-such-host.invalid:6379", "127.0.0.1:99999", "[::1]:1"])
def test_where_nothing_answers(address):
    with pytest.raises(FarmError, match="nothing answers at"):
        require_head(address)


def test_a_web_server_is_no_head(web):
    with pytest.raises(FarmError, match="no Ray head; give HOST:PORT of its GCS"):
        require_head(web)


def test_a_silent_server_is_no_head():
    with silent_server() as server, pytest.raises(FarmError, match="no Ray head"):
        require_head(server.removeprefix("http://"))


def test_a_run_ends_in_seconds_with_one_line_where_nothing_answers(manifest, tmp_path):
    (port,) = free_ports(1)
    begun = time.monotonic()
    ended = run(semstyle("run", manifest({}), "-o", "out", "--address", f"127.0.0.1:{port}"), tmp_path)
    assert ended.returncode == 2 and time.monotonic() - begun < SOON
    line = ended.stderr.splitlines()[-1]
    assert line.startswith(f"semstyle: nothing answers at 127.0.0.1:{port}: is the cluster's head running")


def test_a_cluster_of_another_version_is_told_with_both_versions(manifest, tmp_path):
    import ray
    from ray._common.usage.usage_constants import CLUSTER_METADATA_KEY
    from ray._raylet import GcsClient
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": 80 * 2**20})
    address = cluster.address
    try:
        metadata = {"ray_version": "2.9.3", "python_version": "3.9.18"}
        client = GcsClient(address=address)
        client.internal_kv_put(CLUSTER_METADATA_KEY, json.dumps(metadata).encode(), True, b"cluster")
        command = semstyle("run", manifest({}), "-o", "out", "--address", address)
        ended = run(command, tmp_path, RAY_AUTH_MODE="disabled")
    finally:
        cluster.shutdown()
    line = ended.stderr.splitlines()[-1]
    assert ended.returncode == 2 and "Traceback" not in ended.stderr
    assert line.startswith(f"semstyle: cannot join the Ray cluster at {address}: Version mismatch")
    assert "2.9.3" in line and ray.__version__ in line and "3.9.18" in line
