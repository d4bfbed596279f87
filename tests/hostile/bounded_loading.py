"""Read each file in a process with 1 GiB more memory than it has at its start, and a minute of the processor.

python bounded_loading.py weights|manifest FILE…    prints a line of JSON for each
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from semstyle.engine.encoders.loading import load_encoder
from semstyle.manifest import read_rows

MORE_BYTES = 2**30
SECONDS = 60


def read_manifest(path: str) -> int:
    return sum(1 for _ in read_rows(path))


READERS: dict[str, Callable[[str], object]] = {"weights": load_encoder, "manifest": read_manifest}


def loaded(read: Callable[[str], object], path: str) -> dict[str, object]:
    """What came of it: the kind and text of an error, or the count of rows; the seconds, and the megabytes it took."""
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + MORE_BYTES, in_use + MORE_BYTES))
    begun, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        count = read(path)
        kind, message = "", str(count) if isinstance(count, int) else ""
    except BaseException as error:
        kind, message = type(error).__name__, str(error)
    seconds = time.process_time() - begun
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return {"kind": kind, "message": message, "seconds": seconds, "megabytes": more}


def answers(kind: str, makers: Mapping[str, Callable[[], bytes]], folder: Path) -> dict[str, dict[str, Any]]:
    """What came of each file, read in a process of its own.

    Args:
        kind: Of ``READERS``.
    """
    paths = [folder / str(number) for number in range(len(makers))]
    for path, make in zip(paths, makers.values(), strict=True):
        path.write_bytes(make())
    command = [sys.executable, __file__, kind, *map(str, paths)]
    environment = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"}  # the others reserve a GiB at first
    lines = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.splitlines()
    return dict(zip(makers, map(json.loads, lines), strict=True))


if __name__ == "__main__":
    load_encoder("compact")
    reader = READERS[sys.argv[1]]
    for path in sys.argv[2:]:
        if child := os.fork():
            _, status = os.waitpid(child, 0)
            if status:
                print(json.dumps({"kind": f"ended with {status}"}), flush=True)
            continue
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        print(json.dumps(loaded(reader, path)), flush=True)
        os._exit(0)
