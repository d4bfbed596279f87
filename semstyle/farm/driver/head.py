"""Finding out within seconds whether a cluster's head is there; Ray itself would wait for minutes or for ever."""

from __future__ import annotations

import os
import socket

from semstyle.farm.errors import FarmError

ANSWER_SECONDS = 10.0
AUTO = "auto"


def require_head(address: str) -> None:
    """Raise :class:`FarmError` unless a head answers at ``HOST:PORT``; ``auto`` is left to Ray, which is fast there."""
    check_head(address)
    if address == AUTO:
        return
    if not answers(address, ANSWER_SECONDS):
        raise FarmError(
            f"nothing answers at {address}: is the cluster's head running, and is this its port (6379 unless chosen)? "
            "`ray status` on the head tells; without --address a Ray of our own is started here"
        )
    if os.environ.get("RAY_USE_TLS", "0") != "1" and not speaks_grpc(address):
        raise FarmError(
            f"what answers at {address} is no Ray head; give HOST:PORT of its GCS (6379 unless chosen), not of its "
            "dashboard or another service"
        )


def check_head(address: str) -> None:
    """Raise :class:`FarmError` unless this is ``HOST:PORT`` or ``auto``."""
    host, colon, port = address.rpartition(":")
    if address != AUTO and (not colon or not host or not port.isdecimal()):
        raise FarmError(f"--address {address}: give auto, local, or a head's HOST:PORT, such as 10.0.0.1:6379")


def answers(address: str, seconds: float = 1.0) -> bool:
    """Whether something listens at ``HOST:PORT``."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=seconds):
            return True
    except (OSError, OverflowError):
        return False


def speaks_grpc(address: str) -> bool:
    """Whether what listens at ``HOST:PORT`` speaks gRPC, as Ray's head does."""
    import grpc

    with grpc.insecure_channel(address) as channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=ANSWER_SECONDS)
        except grpc.FutureTimeoutError:
            return False
    return True
