"""Finding and ending every process of a cluster, by a mark in its environment."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

MARKER = "SEMSTYLE_LOCAL_CLUSTER"  # the environment variable that every process of the cluster inherits
SECONDS_TO_END = 8


def processes_of(marker: str) -> Iterator[int]:
    """Every process that inherited our marker, however far from the ones that we started.

    A Ray job's driver leaves its parent's session and process group, so following those would miss it.
    """
    entry = f"{MARKER}={marker}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if marker and entry in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)
        except OSError:
            continue  # another user's, or gone by now


def terminate(marker: str) -> None:
    """Ask the cluster's programs to end, then each of its processes, then make those end that are still there.

    The programs are the session leaders, and end their own processes: Ray's, asked all at once, wait for each other.
    """
    signal_all((pid for pid in processes_of(marker) if is_session_leader(pid)), signal.SIGTERM)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if wait_for_end(marker):
            return
        signal_all(processes_of(marker), number)
    wait_for_end(marker)


def is_session_leader(pid: int) -> bool:
    try:
        return os.getsid(pid) == pid
    except ProcessLookupError:
        return False


def signal_all(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def wait_for_end(marker: str) -> bool:
    """Whether all of them ended in time."""
    deadline = time.monotonic() + SECONDS_TO_END
    while any(processes_of(marker)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True
