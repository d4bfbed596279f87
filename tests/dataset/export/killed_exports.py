"""A program that exports a run again and again, killed each time at another step, and tells how that ended.

Each export is a process of its own, forked from this one, which has nothing but imports.
"""

from __future__ import annotations

import json
import os
import pathlib
import sys

from killing import kill_at

from semstyle.dataset.export import DatasetFormat, ExportOptions, export_dataset

run, named, chosen, trials = sys.argv[1:]
place = pathlib.Path(named)
OPTIONS = ExportOptions(DatasetFormat(chosen), most_in_part=3)


def export(to: pathlib.Path, step: int = 0, counted: pathlib.Path | None = None) -> int:
    """Export in a process of its own; returns how it ended, as ``os.waitstatus_to_exitcode`` does."""
    child = os.fork()
    if child == 0:
        kill_at(step, place, counted)
        export_dataset(run, str(to), OPTIONS)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


counted = place / "steps"
assert export(place / "reference" / "set", counted=counted) == 0
total = counted.stat().st_size
steps = sorted({1 + number * (total - 1) // (int(trials) - 1) for number in range(int(trials))})
told = []
for step in steps:
    target = place / f"trial-{step}" / "set"
    killed = export(target, step)
    looks_whole = target.exists()
    told.append({"step": step, "killed": killed, "looks_whole": looks_whole, "again": export(target)})
print(json.dumps(told))
