"""Where the cluster keeps its files and listens, and what a program needs to reach it."""

from __future__ import annotations

import os
import secrets
import shlex
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


class ClusterError(Exception):
    """What went wrong and what to do, in one line for the user."""


@dataclass(frozen=True)
class Options:
    """What `cluster/local` was asked for."""

    state: Path
    bucket: str
    cpus: int
    ray_port: int
    dashboard_port: int
    s3_port: int

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
