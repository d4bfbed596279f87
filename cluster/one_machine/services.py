"""Starting SeaweedFS and the Ray nodes, and waiting until they answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from one_machine.options import REPOSITORY, ClusterError, Options
from one_machine.ports import free_ports
from one_machine.processes import MARKER, STATE

PROGRAMS = Path(sys.executable).parent  # where pip put `ray` and `weed`
START_SECONDS = 240
OBJECT_STORE_BYTES = 256 * 1024**2  # a render passes little through Ray; its default is a third of the memory, per node


@dataclass(frozen=True)
class Service:
    """A process we started, and where it logs."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def require_running(self) -> None:
        if self.process.poll() is not None:
            tail = "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
            raise ClusterError(f"{self.name} ended with exit code {self.process.returncode}; {self.log} ends:\n{tail}")


def start_services(options: Options, settings: dict[str, str], folder: Path) -> list[Service]:
    """SeaweedFS and the Ray head together, then the other nodes; each is waited for until it answers."""
    ports = free_ports()
    environment = {
        **os.environ,
        **settings,
        MARKER: str(folder),
        STATE: str(options.state),
        "PATH": f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', os.defpath)}",  # a job's `python` is the project's
        "RAY_JOB_STOP_WAIT_TIME_S": "60",  # `ray job stop` leaves a run the time to finish what is in flight
        "RAY_USAGE_STATS_ENABLED": "0",
        "S3_BUCKET": options.bucket,
    }
    options.logs.mkdir(exist_ok=True)

    def launch(name: str, command: list[str], **variables: str) -> Service:
        log = options.logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**environment, **variables},
                cwd=REPOSITORY,
                start_new_session=True,  # Ctrl-C is for us; we end these in order
            )
        return Service(name, process, log)

    storage = launch("seaweedfs", seaweedfs_command(options, ports, folder))
    agent_port = next(ports)
    head = launch("ray-head", ray_head_command(options, agent_port, ports, folder), **devices(options, 0))
    services = [storage, head]
    wait_for("the Ray head", services, partial(has_nodes, options, settings, 1))
    wait_for("S3", services, lambda: bucket_answers(options, settings))
    # One by one: a node has 15 seconds to start its own processes, which several at once do not make on a busy machine.
    for number in range(1, options.nodes):
        command = ray_worker_command(options, number, folder)
        services.append(launch(f"ray-worker-{number}", command, **devices(options, number)))
        wait_for(f"Ray node {number + 1}", services, partial(has_nodes, options, settings, number + 1))
    wait_for("Ray's job server", services, lambda: takes_jobs(options, settings, agent_port))
    return services


def seaweedfs_command(options: Options, ports: Iterator[int], folder: Path) -> list[str]:
    data = options.state / "s3"
    data.mkdir(exist_ok=True)
    (data / "mini.options").unlink(missing_ok=True)  # SeaweedFS would reuse the ports of the last start
    settings = {
        "dir": data,
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "s3.port": options.s3_port,
        "s3.port.grpc": next(ports),
        "s3.localSocket": folder / "s3.sock",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "master.port": next(ports),
        "master.telemetry": "false",
        "volume.port": next(ports),
        "filer.port": next(ports),
        "admin.port": next(ports),
        "admin.ui": "false",
        "webdav": "false",
    }
    return [str(PROGRAMS / "weed"), "mini", *(f"-{name}={value}" for name, value in settings.items())]


def ray_head_command(options: Options, agent_port: int, ports: Iterator[int], folder: Path) -> list[str]:
    return [
        *ray_start(options, 0, agent_port),
        "--head",
        f"--port={options.ray_port}",
        "--dashboard-host=127.0.0.1",
        f"--dashboard-port={options.dashboard_port}",
        f"--ray-client-server-port={next(ports)}",
        f"--temp-dir={folder / 'head'}",
    ]


def ray_worker_command(options: Options, number: int, folder: Path) -> list[str]:
    return [
        *ray_start(options, number),
        f"--address=127.0.0.1:{options.ray_port}",
        # In one folder, each node would unpack a job's working directory over another's, under its driver's feet.
        f"--temp-dir={folder / f'worker-{number}'}",
    ]


def ray_start(options: Options, number: int, agent_port: int = 0) -> list[str]:
    """What all nodes have in common; the ports that are left to Ray are free ones."""
    return [
        str(PROGRAMS / "ray"),
        "start",
        "--block",
        f"--num-cpus={options.cpu_shares[number]}",
        f"--num-gpus={options.gpu_shares[number]}",
        f"--object-store-memory={OBJECT_STORE_BYTES}",
        f"--dashboard-agent-listen-port={agent_port}",
        "--log-color=false",
    ]


def devices(options: Options, number: int) -> dict[str, str]:
    """Which of this machine's GPUs a node sees, as each would hand out the first ones again."""
    if options.has_pretended_gpus or not options.all_gpus:
        return {}
    first, count = sum(options.gpu_shares[:number]), options.gpu_shares[number]
    return {"CUDA_VISIBLE_DEVICES": ",".join(map(str, range(first, first + count)))}


def wait_for(what: str, services: Iterable[Service], is_ready: Callable[[], bool]) -> None:
    print(f"cluster/local: waiting for {what}", file=sys.stderr, flush=True)
    deadline = time.monotonic() + START_SECONDS
    while not is_ready():
        require_running(services)
        if time.monotonic() > deadline:
            raise ClusterError(f"{what} did not answer in {START_SECONDS} s: look at the logs")
        time.sleep(0.3)


def require_running(services: Iterable[Service]) -> None:
    for service in services:
        service.require_running()


def has_nodes(options: Options, settings: dict[str, str], count: int) -> bool:
    return len(live_nodes(options, settings)) == count


def live_nodes(options: Options, settings: dict[str, str]) -> list[dict[str, Any]]:
    """Ray's nodes as its dashboard tells of them; none while it does not answer."""
    answer = fetch(f"{options.dashboard}/api/v0/nodes", settings)
    found = json.loads(answer)["data"]["result"]["result"] if answer else []
    return [node for node in found if node["state"] == "ALIVE"]


def takes_jobs(options: Options, settings: dict[str, str], agent_port: int) -> bool:
    """The dashboard answers, and so does the head's agent, to which it hands the jobs and which comes up later."""
    if fetch(f"{options.dashboard}/api/jobs/", settings) is None:
        return False
    heads = [node["node_ip"] for node in live_nodes(options, settings) if node["is_head_node"]]
    return any(fetch(f"http://{address}:{agent_port}/api/healthz") is not None for address in heads)


def fetch(url: str, settings: dict[str, str] | None = None) -> bytes | None:
    """What is answered, with the settings' token if there are any; None for no answer or an error."""
    headers = {"Authorization": f"Bearer {settings['RAY_AUTH_TOKEN']}"} if settings else {}
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            content: bytes = response.read()
            return content
    except OSError:
        return None


def bucket_answers(options: Options, settings: dict[str, str]) -> bool:
    """A signed write and read of the bucket succeed."""
    from s3fs import S3FileSystem

    storage = S3FileSystem(
        key=settings["AWS_ACCESS_KEY_ID"],
        secret=settings["AWS_SECRET_ACCESS_KEY"],
        endpoint_url=settings["AWS_ENDPOINT_URL"],
        use_listings_cache=False,
        skip_instance_cache=True,
    )
    return options.bucket in storage.ls("")
