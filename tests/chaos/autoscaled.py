"""A Ray whose head renders nothing, and whose autoscaler starts nodes as they are asked for, all on this machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray
from programs import free_ports, start, wait_until
from ray._private.ray_constants import AUTOSCALER_RESOURCE_REQUEST_CHANNEL
from ray.autoscaler._private.fake_multi_node.node_provider import FAKE_HEAD_NODE_ID
from ray.autoscaler.v2.sdk import get_cluster_resource_state
from ray_head import NO_TOKEN

from semstyle.farm.connected_head import connected_head

MOST_NODES = 3
STORE = 80 * 2**20
EMPTY = ("auth", "docker", "file_mounts")
NO_COMMANDS = ("initialization", "setup", "head_setup", "worker_setup", "head_start_ray", "worker_start_ray")


class Autoscaled:
    """A head that can be asked how many nodes there are, and what is asked for.

    Args:
        version: Of Ray's autoscaler, 1 or 2.
    """

    def __init__(self, address: str, version: int) -> None:
        self.address, self.version = address, version

    @property
    def nodes(self) -> int:
        """How many nodes there are beside the head."""
        return sum(node["Alive"] and node["Resources"].get("CPU", 0) == 1 for node in ray.nodes())

    @property
    def asked(self) -> list[dict[str, float]]:
        """The bundles that the autoscaler is asked for."""
        head = connected_head()
        if self.version == 1:
            return list(json.loads(head.internal_kv_get(AUTOSCALER_RESOURCE_REQUEST_CHANNEL) or "[]"))
        constraints = get_cluster_resource_state(head).cluster_resource_constraints
        requests = [request for constraint in constraints for request in constraint.resource_requests]
        return [dict(request.request.resources_bundle) for request in requests for _ in range(request.count)]


@contextmanager
def autoscaled(version: int) -> Iterator[Autoscaled]:
    """Start a head, and join it. ``ray.cluster_utils.AutoscalingCluster`` would end every other Ray on this machine."""
    gcs, agent, metrics = free_ports(3)
    folder = tempfile.mkdtemp(prefix="ray-", dir="/tmp")  # Ray's socket paths must be short
    path = Path(folder) / "cluster.json"
    path.write_text(json.dumps(configuration(gcs, version)))
    options = {
        "node-ip-address": "127.0.0.1",
        "port": gcs,
        "dashboard-agent-listen-port": agent,
        "metrics-export-port": metrics,
        "include-dashboard": "false",
        "num-cpus": 0,
        "object-store-memory": STORE,
        "temp-dir": folder,
        "autoscaling-config": path,
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    variables = {"AUTOSCALER_UPDATE_INTERVAL_S": "1", "RAY_FAKE_CLUSTER": "1", **NO_TOKEN}
    if version == 2:
        ours = {"RAY_CLOUD_INSTANCE_ID": FAKE_HEAD_NODE_ID, "RAY_OVERRIDE_NODE_ID_FOR_TESTING": FAKE_HEAD_NODE_ID}
        variables |= {"RAY_enable_autoscaler_v2": "1", **ours}
    process = start(["ray", "start", "--head", "--block", *arguments], Path(folder), **variables)
    try:
        wait_until(lambda: joined(f"127.0.0.1:{gcs}"), process)
        yield Autoscaled(f"127.0.0.1:{gcs}", version)
    finally:
        ray.shutdown()
        end(process, folder)


def joined(address: str) -> bool:
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except ConnectionError:
        return False
    return True


def configuration(gcs: int, version: int) -> dict[str, Any]:
    """Return what `ray up` would read, for nodes of one CPU that are processes here."""
    provider: dict[str, Any] = {
        "type": "external",
        "module": "ray.autoscaler._private.fake_multi_node.node_provider.FakeMultiNodeProvider",
        "gcs_address": f"127.0.0.1:{gcs}",
        "disable_launch_config_check": True,
        "disable_node_updaters": True,
    }
    if version == 2:
        provider |= {"launch_multiple": True, "head_node_id": FAKE_HEAD_NODE_ID}
    node = {"resources": {"CPU": 1, "object_store_memory": STORE}, "node_config": {}}
    return {
        "cluster_name": "autoscaled",
        "max_workers": 2 * MOST_NODES,
        "upscaling_speed": 1.0,
        "idle_timeout_minutes": 0.1,
        "provider": provider,
        "head_node_type": "ray.head.default",
        "available_node_types": {
            "ray.head.default": {"resources": {"CPU": 0}, "node_config": {}, "max_workers": 0},
            "worker": {**node, "min_workers": 0, "max_workers": MOST_NODES},
        },
        **{name: {} for name in EMPTY},
        **{f"{name}_commands": [] for name in NO_COMMANDS},
        "cluster_synced_files": [],
        "file_mounts_sync_continuously": False,
        "rsync_exclude": [],
        "rsync_filter": [],
    }


def end(process: subprocess.Popen[str], folder: str) -> None:
    """End the head, then the nodes that its autoscaler has started and that it leaves behind."""
    process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    for pid in started_in(folder):
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def started_in(folder: str) -> Iterator[int]:
    """Ids of the processes whose command line names this folder."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if folder.encode() in command and int(entry.name) != os.getpid():
            yield int(entry.name)
