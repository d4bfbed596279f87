"""What a soak stands on: a folder, an S3 server behind a proxy, a cluster of nodes; and seeing that all of it goes."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from faulty_proxy import FaultyProxy
from machines import Machines
from one_machine.processes import MARKER, processes_of, terminate
from seaweedfs import Seaweedfs
from soak_store import Bucket

from semstyle.interrupts import handlers_kept

SHARED_MEMORY = Path("/dev/shm")
NODES = 2
"""Besides the head; each of the three has one place."""
END_SECONDS = 10.0


@dataclass(frozen=True)
class Ground:
    """Where a soak takes place.

    Attributes:
        temporary: Where all of its processes keep their temporary files.
    """

    folder: Path
    temporary: Path
    server: Seaweedfs
    proxy: FaultyProxy
    machines: Machines
    bucket: Bucket

    @property
    def environment(self) -> dict[str, str]:
        """For programs that read the bucket while the proxy stumbles: the server itself."""
        return dict(self.server.environment)


@dataclass
class Traces:
    """What a soak has left on the machine, once everything is over."""

    processes: list[str]
    shared_memory: list[str]
    temporary: list[str]


@contextmanager
def ground(traces: Traces, seed: int) -> Iterator[Ground]:
    """Set a soak's ground up, and take it away; then enter into ``traces`` what has stayed."""
    marker, before = uuid.uuid4().hex, set(os.listdir(SHARED_MEMORY))  # noqa: PTH208
    folder = Path(tempfile.mkdtemp(prefix="soak-", dir="/tmp"))  # Ray's socket paths must be short
    temporary = folder / "tmp"
    temporary.mkdir()
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.callback(note_traces, traces, marker, before, temporary)
        stack.callback(terminate, marker)
        stack.enter_context(variables({MARKER: marker, "TMPDIR": str(temporary), "RAY_TMPDIR": str(folder / "ray")}))
        (folder / "store").mkdir()
        server = Seaweedfs(folder / "store")
        stack.callback(server.stop)
        with variables({"TMPDIR": str(folder / "store")}):  # its logs are no traces of a run
            server.start()
        proxy = FaultyProxy(server.port, rate=0.0, seed=seed)
        stack.callback(proxy.close)
        stack.enter_context(variables({**server.environment, "AWS_ENDPOINT_URL": proxy.endpoint}))
        with handlers_kept():
            machines = Machines(NODES)
        stack.callback(machines.close)
        yield Ground(folder, temporary, server, proxy, machines, Bucket(server, "soak"))


@contextmanager
def variables(values: dict[str, str]) -> Iterator[None]:
    """Within this context the environment of this process, and of those that it starts, has these."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def note_traces(traces: Traces, marker: str, before: set[str], temporary: Path) -> None:
    deadline = time.monotonic() + END_SECONDS
    while (left := list(processes_of(marker))) and time.monotonic() < deadline:
        time.sleep(0.2)
    traces.processes = [f"process {pid}" for pid in left]
    mine = (name for name in set(os.listdir(SHARED_MEMORY)) - before)  # noqa: PTH208
    traces.shared_memory = sorted(name for name in mine if (SHARED_MEMORY / name).stat().st_uid == os.getuid())
    traces.temporary = sorted(str(path.relative_to(temporary)) for path in temporary.iterdir())
