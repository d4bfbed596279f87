"""Where the cluster keeps its files and listens, and what a program needs to reach it."""

from __future__ import annotations

import os
import secrets
import shlex
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
GPUS = Path("/proc/driver/nvidia/gpus")


class ClusterError(Exception):
    """What went wrong and what to do, in one line for the user."""


@dataclass(frozen=True)
class Options:
    """What `cluster/local` was asked for."""

    state: Path
    bucket: str
    nodes: int
    cpus: int
    gpus: int | None
    ray_port: int
    dashboard_port: int
    s3_port: int

    @property
    def cpu_shares(self) -> list[int]:
        """CPUs of each node, the head first; each has one at least."""
        return [max(1, share) for share in shares(self.cpus, self.nodes)]

    @property
    def all_gpus(self) -> int:
        """As asked for, otherwise as many as this machine has."""
        return count_gpus() if self.gpus is None else self.gpus

    @property
    def has_pretended_gpus(self) -> bool:
        """Whether Ray is told of GPUs that are not there, to see where it would place what asks for them."""
        return self.all_gpus > count_gpus()

    @property
    def gpu_shares(self) -> list[int]:
        """GPUs of each node. A head that is not alone has none, as on other clusters."""
        return [self.all_gpus] if self.nodes == 1 else [0, *shares(self.all_gpus, self.nodes - 1)]

    @property
    def dashboard(self) -> str:
        return f"http://127.0.0.1:{self.dashboard_port}"

    @property
    def s3(self) -> str:
        return f"http://127.0.0.1:{self.s3_port}"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def environment_file(self) -> Path:
        """For a shell to source; there while the cluster runs."""
        return self.state / "env"

    @property
    def marker_file(self) -> Path:
        """Holds the mark of the cluster that runs; when it goes, `start` stops what it began."""
        return self.state / "running"


def shares(whole: int, parts: int) -> list[int]:
    """Divide a number into parts that differ by one at most, the larger ones first."""
    each, rest = divmod(whole, parts)
    return [each + (part < rest) for part in range(parts)]


def count_gpus() -> int:
    """NVIDIA's GPUs that this machine's driver knows of."""
    return len(list(GPUS.glob("*")))


def client_settings(options: Options) -> dict[str, str]:
    """Environment variables by which a program reaches this cluster; the cluster's own processes have them too."""
    return {
        "AWS_ACCESS_KEY_ID": secrets.token_hex(10),
        "AWS_SECRET_ACCESS_KEY": secrets.token_hex(20),
        "AWS_ENDPOINT_URL": options.s3,
        "AWS_DEFAULT_REGION": "us-east-1",
        # The dashboard is on loopback, but Ray opens its other ports on every interface, whatever --node-ip-address
        # says, and whoever reaches one can run code. So Ray asks for a token, and not for the home folder's.
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
    }


def write_environment_file(options: Options, settings: dict[str, str]) -> None:
    """Write the settings as `export` lines that nobody else can read."""
    options.environment_file.unlink(missing_ok=True)
    with os.fdopen(
        os.open(options.environment_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.writelines(f"export {name}={shlex.quote(value)}\n" for name, value in settings.items())
