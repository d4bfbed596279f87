"""Running ``semstyle`` as a program, as its users do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PATIENCE = 120


def environment(**more: str) -> dict[str, str]:
    """Ours with this Python's programs first, and nothing said about Ray."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    inherited = {name: value for name, value in os.environ.items() if name not in {"RAY_ADDRESS", "RAY_AUTH_MODE"}}
    return {**inherited, "PATH": path, **more}


def semstyle(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "semstyle.cli", *arguments]


def start(command: list[str], folder: Path, **variables: str) -> subprocess.Popen[str]:
    """A program in its own process group, like one in a terminal."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run(command: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=environment(**variables), capture_output=True, text=True, timeout=PATIENCE
    )


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for ``condition`` while ``process`` lives."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if process.poll() is not None:
            raise AssertionError(f"ended early with {process.returncode}:\n{process.communicate()[0]}")
        if time.monotonic() > deadline:
            raise AssertionError("waited too long")
        time.sleep(0.05)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for listener in sockets:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in sockets]
    finally:
        for listener in sockets:
            listener.close()
