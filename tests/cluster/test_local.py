"""`cluster/local` for real: two Ray nodes and a bucket come up, take a job and an object, and leave nothing behind."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from s3fs import S3FileSystem

REPOSITORY = Path(__file__).resolve().parents[2]
MARKER = b"SEMSTYLE_LOCAL_CLUSTER="
READY_SECONDS = 90
COUNT_NODES = "import ray; ray.init(); print(sum(node['Alive'] for node in ray.nodes()), 'nodes alive')"


@dataclass
class Cluster:
    """A `cluster/local` that the test started, on ports of its own."""

    state: Path
    ray_port: int
    dashboard_port: int
    s3_port: int

    def command(self, action: str) -> list[str]:
        ports = [
            f"--ray-port={self.ray_port}",
            f"--dashboard-port={self.dashboard_port}",
            f"--s3-port={self.s3_port}",
        ]
        return [
            sys.executable,
            str(REPOSITORY / "cluster" / "local"),
            action,
            f"--state={self.state}",
            "--cpus=2",
            *ports,
        ]

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(self.command("start"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def settings(self) -> dict[str, str]:
        lines = (self.state / "env").read_text().splitlines()
        return dict(shlex.split(line.removeprefix("export "))[0].split("=", 1) for line in lines)

    def mark(self) -> bytes:
        return MARKER + (self.state / "running").read_bytes()


def processes_with(mark: bytes) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


def wait_until_ready(process: subprocess.Popen[str], cluster: Cluster) -> str:
    assert process.stdout is not None
    deadline = time.monotonic() + READY_SECONDS
    text = ""
    while "Ready." not in text:
        line = process.stdout.readline()
        assert line, f"it ended before it was ready:\n{text}"
        assert time.monotonic() < deadline, f"not ready after {READY_SECONDS} s:\n{text}"
        text += line
    return text


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with socket.socket() as ray, socket.socket() as dashboard, socket.socket() as s3:
        for listener in (ray, dashboard, s3):
            listener.bind(("127.0.0.1", 0))
        cluster = Cluster(tmp_path / "state", *(listener.getsockname()[1] for listener in (ray, dashboard, s3)))
    yield cluster
    subprocess.run(cluster.command("stop"), capture_output=True, check=False)


@pytest.mark.timeout(150)
def test_takes_a_job_and_an_object_and_leaves_nothing_behind(cluster: Cluster) -> None:
    process = cluster.start()
    wait_until_ready(process, cluster)
    mark, settings = cluster.mark(), cluster.settings()
    environment = {**os.environ, **settings}

    storage = S3FileSystem(
        key=settings["AWS_ACCESS_KEY_ID"],
        secret=settings["AWS_SECRET_ACCESS_KEY"],
        endpoint_url=settings["AWS_ENDPOINT_URL"],
        skip_instance_cache=True,
    )
    storage.pipe_file("renders/folder/object", b"content")
    assert storage.cat_file("renders/folder/object") == b"content"
    assert (cluster.state / "env").stat().st_mode & 0o777 == 0o600

    ray = Path(sys.executable).with_name("ray")
    address = f"--address=http://127.0.0.1:{cluster.dashboard_port}"
    submitted = subprocess.run(
        [ray, "job", "submit", address, "--", "python", "-c", COUNT_NODES],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert submitted.returncode == 0, submitted.stdout + submitted.stderr
    assert "2 nodes alive" in submitted.stdout
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"http://127.0.0.1:{cluster.dashboard_port}/api/jobs/")

    assert processes_with(mark)
    stopped = subprocess.run(cluster.command("stop"), capture_output=True, text=True, check=False)
    assert stopped.returncode == 0, stopped.stderr
    assert processes_with(mark) == []
    assert process.wait(30) == 0
    assert not (cluster.state / "env").exists()


@pytest.mark.timeout(90)
def test_ctrl_c_while_it_starts_leaves_nothing_behind(cluster: Cluster) -> None:
    process = cluster.start()
    assert process.stdout is not None
    assert "waiting for the Ray head" in process.stdout.readline()
    mark = cluster.mark()
    deadline = time.monotonic() + 30
    while not any("gcs_server" in command for command in processes_with(mark)):
        assert time.monotonic() < deadline, "Ray's head did not begin to start"
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert process.wait(40) == 0
    assert processes_with(mark) == []


def test_says_which_port_is_taken_and_what_to_do(cluster: Cluster) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", cluster.s3_port))
        listener.listen()
        ended = subprocess.run(cluster.command("start"), capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert re.fullmatch(rf"cluster/local: port {cluster.s3_port} is in use: .*--s3-port\n", ended.stderr)
    assert not cluster.state.exists()


def test_stop_without_a_cluster_says_so(cluster: Cluster) -> None:
    ended = subprocess.run(cluster.command("stop"), capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "no cluster runs" in ended.stderr
