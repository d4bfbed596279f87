"""Finding and ending every process of a cluster, by marks in its environment."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

MARKER = "SEMSTYLE_LOCAL_CLUSTER"
"""The variable that every process of a cluster inherits; its value is the cluster's own."""
STATE = "SEMSTYLE_LOCAL_CLUSTER_STATE"
"""The same for its state folder, by which a cluster is found whose folder is gone."""
SECONDS_TO_END = 8


def processes_of(marker: str) -> Iterator[int]:
    """Every process that inherited our marker, however far from the ones that we started.

    A Ray job's driver leaves its parent's session and process group, so following those would miss it.
    """
    if marker:
        yield from (pid for pid in process_ids() if variable(pid, MARKER) == marker)


def markers_of(state: Path) -> set[str]:
    """The markers of all clusters with this state folder that have a process left."""
    found = (variable(pid, MARKER) for pid in process_ids() if variable(pid, STATE) == str(state))
    return {marker for marker in found if marker}


def process_ids() -> Iterator[int]:
    return (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))


def variable(pid: int, name: str) -> str | None:
    """A variable of the environment that a process was started with; None for another user's process, or one gone."""
    try:
        entries = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    prefix = f"{name}=".encode()
    return next((os.fsdecode(entry.removeprefix(prefix)) for entry in entries if entry.startswith(prefix)), None)


def terminate(marker: str) -> None:
    """Ask the cluster's programs to end, then each of its processes, then make those end that are still there.

    The programs are the session leaders, and end their own processes: Ray's, asked all at once, wait for each other.
    """
    signal_all(processes_of(marker), marker, signal.SIGTERM, is_session_leader)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if wait_for_end(marker):
            return
        signal_all(processes_of(marker), marker, number)
    wait_for_end(marker)


def is_session_leader(pid: int) -> bool:
    try:
        return os.getsid(pid) == pid
    except ProcessLookupError:
        return False


def signal_all(
    pids: Iterable[int], marker: str, number: signal.Signals, is_meant: Callable[[int], bool] = lambda pid: True
) -> None:
    """Signal those of the processes that have the marker.

    A process that ends leaves its number to another. So each is held by a handle, looked at once more, and signalled
    through the handle, which reaches no other.
    """
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(pid)
            try:
                if variable(pid, MARKER) == marker and is_meant(pid):
                    signal.pidfd_send_signal(handle, number)
            finally:
                os.close(handle)


def wait_for_end(marker: str) -> bool:
    """Whether all of them ended in time."""
    deadline = time.monotonic() + SECONDS_TO_END
    while any(processes_of(marker)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True
