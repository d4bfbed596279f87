"""Ports: the ones a user knows have to be free, the others are found."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

from one_machine.options import ClusterError, Options

SEAWEEDFS_GRPC_OFFSET = 10_000  # SeaweedFS opens a gRPC port this far above each HTTP port


def require_free_ports(options: Options) -> None:
    for name in ("ray_port", "dashboard_port", "s3_port"):
        port: int = getattr(options, name)
        if not is_free(port):
            option = "--" + name.replace("_", "-")
            raise ClusterError(f"port {port} is in use: stop what listens there, or choose another with {option}")


def is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("", port))
        except OSError:
            return False
    return True


def free_ports() -> Iterator[int]:
    """Ports that nobody has to know, each free with its gRPC neighbour.

    They are above the ones that Ray gives to its workers (10,002 to 19,999) and below the ones that Linux gives to
    clients (from 32,768).
    """
    candidates = range(20_000, 22_700)
    for port in random.SystemRandom().sample(candidates, len(candidates)):
        if is_free(port) and is_free(port + SEAWEEDFS_GRPC_OFFSET):
            yield port
