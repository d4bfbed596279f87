"""`cluster/local` for real: Ray nodes and a bucket come up, take what they say they take, and leave nothing behind."""

from __future__ import annotations

import json
import re
import shlex
import shutil
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
from typing import Any

import pytest
from programs import run

REPOSITORY = Path(__file__).resolve().parents[2]
MARKER = b"SEMSTYLE_LOCAL_CLUSTER="
READY_SECONDS = 250


@dataclass
class Cluster:
    """A `cluster/local` that the test started, on ports of its own."""

    state: Path
    ray_port: int
    dashboard_port: int
    s3_port: int

    def command(self, action: str, *options: str) -> list[str]:
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
            *options,
        ]

    def start(self, *options: str) -> subprocess.Popen[str]:
        command = self.command("start", *options)
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

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


def nodes_of(cluster: Cluster) -> list[dict[str, Any]]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{cluster.dashboard_port}/api/v0/nodes",
        headers={"Authorization": f"Bearer {cluster.settings()['RAY_AUTH_TOKEN']}"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["data"]["result"]["result"]


@pytest.mark.chaos
@pytest.mark.timeout(400)
def test_takes_what_it_says_and_a_crash_leaves_nothing_that_stop_does_not_end(
    cluster: Cluster, pictures: Path, tmp_path: Path
) -> None:
    process = cluster.start("--nodes=3", "--gpus=2")
    told = wait_until_ready(process, cluster)
    mark, settings = cluster.mark(), cluster.settings()
    told += read_guide(process)

    nodes = sorted(nodes_of(cluster), key=lambda node: not node["is_head_node"])
    assert [node["resources_total"].get("GPU", 0) for node in nodes] == [0, 1, 1]
    assert "3 nodes, 3 CPUs, 2 GPUs (pretended" in told
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"http://127.0.0.1:{cluster.dashboard_port}/api/jobs/")
    assert (cluster.state / "env").stat().st_mode & 0o777 == 0o600

    (tmp_path / "rows.csv").write_text(f"style,size,iterations\n{pictures / 'style.png'},32,2\n")
    build, submit, status = (line_of(told, f"semstyle {word} ") for word in ("manifest build", "submit", "status"))
    build[build.index("manifests/demo.yaml")] = "rows.csv"
    for words in (build, submit, status):
        ended = run([sys.executable, "-m", "semstyle.cli", *words[1:]], tmp_path, **settings)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "finished: 1 of 1" in ended.stdout

    process.kill()
    process.wait()
    shutil.rmtree(cluster.state)
    assert processes_with(mark)
    stopped = subprocess.run(cluster.command("stop"), capture_output=True, text=True, check=False)
    assert (stopped.returncode, stopped.stderr) == (0, "cluster/local: Stopped\n")
    assert processes_with(mark) == []
    assert not Path(mark.removeprefix(MARKER).decode()).exists()


def read_guide(process: subprocess.Popen[str]) -> str:
    """What is printed after "Ready", which ends with the line that builds a manifest beside its images."""
    assert process.stdout is not None
    text = ""
    while "spec.yaml -o" not in text:
        text += process.stdout.readline()
    return text


def line_of(told: str, beginning: str) -> list[str]:
    """The first command of the guide that begins so, as a shell reads it."""
    lines = (line.strip() for line in told.splitlines())
    return shlex.split(next(line for line in lines if line.startswith(beginning)), comments=True)


@pytest.mark.parametrize("way", ["Ctrl-C", "stop"])
@pytest.mark.timeout(120)
def test_ended_while_it_starts_it_leaves_nothing_behind(cluster: Cluster, way: str) -> None:
    process = cluster.start()
    assert process.stdout is not None
    assert "waiting for the Ray head" in process.stdout.readline()
    mark = cluster.mark()
    deadline = time.monotonic() + 60
    while not any("gcs_server" in command for command in processes_with(mark)):
        assert time.monotonic() < deadline, "Ray's head did not begin to start"
        time.sleep(0.1)
    if way == "stop":
        assert subprocess.run(cluster.command("stop"), capture_output=True, check=False).returncode == 0
    else:
        process.send_signal(signal.SIGINT)
    assert process.wait(40) == 0
    assert processes_with(mark) == []
    assert not (cluster.state / "env").exists()


def test_what_has_not_the_mark_is_never_signalled(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a process has ended, and its number is another's, between two looks."""
    monkeypatch.syspath_prepend(REPOSITORY / "cluster")
    from one_machine import processes

    marked, other = (
        subprocess.Popen(["sleep", "60"], env={processes.MARKER: marker}) for marker in ("/tmp/ours", "/tmp/theirs")
    )
    try:
        deadline = time.monotonic() + 10
        while not all(processes.variable(each.pid, processes.MARKER) for each in (marked, other)):
            assert time.monotonic() < deadline, "a program that has just begun has no environment yet, but has one soon"
        processes.signal_all([marked.pid, other.pid], "/tmp/ours", signal.SIGTERM)
        assert marked.wait(10) == -signal.SIGTERM
        assert other.poll() is None
    finally:
        for each in (marked, other):
            each.kill()
            each.wait()


@pytest.mark.parametrize(
    ("nodes", "cpus", "gpus", "real", "expected"),
    [
        (1, 4, 2, 0, [(4, 2, {})]),
        (3, 2, 0, 8, [(1, 0, {}), (1, 0, {}), (1, 0, {})]),
        (3, 8, 5, 0, [(3, 0, {}), (3, 3, {}), (2, 2, {})]),
        (
            3,
            4,
            None,
            3,
            [
                (2, 0, {"CUDA_VISIBLE_DEVICES": ""}),
                (1, 2, {"CUDA_VISIBLE_DEVICES": "0,1"}),
                (1, 1, {"CUDA_VISIBLE_DEVICES": "2"}),
            ],
        ),
    ],
)
def test_cpus_and_gpus_are_shared_between_the_nodes(
    nodes: int,
    cpus: int,
    gpus: int | None,
    real: int,
    expected: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.syspath_prepend(REPOSITORY / "cluster")
    from one_machine import options, services

    for number in range(real):
        (tmp_path / f"0000:{number}").mkdir()
    monkeypatch.setattr(options, "GPUS", tmp_path)
    chosen = options.Options(tmp_path, "renders", nodes, cpus, gpus, 1, 2, 3)
    found = zip(chosen.cpu_shares, chosen.gpu_shares, (services.devices(chosen, n) for n in range(nodes)), strict=True)
    assert list(found) == expected
    assert chosen.has_pretended_gpus == (chosen.all_gpus > real)


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
    assert (ended.returncode, ended.stderr) == (0, f"cluster/local: no cluster runs from {cluster.state}\n")


def test_make_cluster_down_stops_it() -> None:
    shown = subprocess.run(["make", "-n", "cluster-down"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert shown.stdout.count("cluster/local stop\n") == 1


@pytest.mark.parametrize(("option", "says"), [("--nodes=0", "one at least"), ("--gpus=-1", "no whole number from 0")])
def test_numbers_that_make_no_cluster(cluster: Cluster, option: str, says: str) -> None:
    ended = subprocess.run(cluster.command("start", option), capture_output=True, text=True, check=False)
    assert ended.returncode == 2 and says in ended.stderr
