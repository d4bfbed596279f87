"""A driver of slow renders that waits for a starting shot: python slow_driver.py MANIFEST OUT ADDRESS LOG READY GO."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import ray
import troubles
from machines import wait_for

from semstyle.farm import RunOptions, run_manifest
from semstyle.farm.monitor.event_log import logged_to

SECONDS = 1.0


def main() -> int:
    path, out, address, log, ready, go = sys.argv[1:]
    ray.cloudpickle.register_pickle_by_value(troubles)
    ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    Path(ready).touch()
    wait_for(Path(go).exists)
    store = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    with logged_to(log):
        summary = run_manifest(path, out, RunOptions(cpus_per_render=0.5), perform=troubles.slowly(SECONDS, store))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(main())
