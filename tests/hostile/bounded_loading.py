"""Load each file of weights in a process with 1 GiB more memory than it has at its start, and 30 seconds.

python bounded_loading.py FILE…    prints a line of JSON for each
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

from semstyle.engine.weights import load_encoder

MORE_BYTES = 2**30
SECONDS = 30


def loaded(path: str) -> dict[str, object]:
    """What came of it: the kind and text of an error, the seconds, and the megabytes that it took."""
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + MORE_BYTES, in_use + MORE_BYTES))
    begun, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        load_encoder(path)
        kind, message = "", ""
    except BaseException as error:
        kind, message = type(error).__name__, str(error)
    seconds = time.process_time() - begun
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return {"kind": kind, "message": message, "seconds": seconds, "megabytes": more}


if __name__ == "__main__":
    load_encoder("compact")
    for path in sys.argv[1:]:
        if child := os.fork():
            _, status = os.waitpid(child, 0)
            if status:
                print(json.dumps({"kind": f"ended with {status}"}), flush=True)
            continue
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        print(json.dumps(loaded(path)), flush=True)
        os._exit(0)
