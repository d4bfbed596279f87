"""A program that exports a run again and again, killed each time at another step, and tells how that ended.

Each export is a process of its own, forked from this one, which has nothing but imports. A step is a file written,
removed or moved; one that is killed while it writes leaves half a file.
"""

from __future__ import annotations

import json
import os
import pathlib
import signal
import sys
from collections.abc import Callable
from typing import Any

from semstyle.dataset.export import DatasetFormat, ExportOptions, export_dataset
from semstyle.storage import folder

run, named, chosen, trials = sys.argv[1:]
place = pathlib.Path(named)
OPTIONS = ExportOptions(DatasetFormat(chosen), most_in_part=3)


def killed_at(step: int, counted: pathlib.Path | None = None) -> None:
    """Have this process killed at its step ``step``, counted from 1; never at 0."""
    seen = 0
    real_write = folder.write_aside

    def is_due() -> bool:
        nonlocal seen
        seen += 1
        if counted is not None:
            with counted.open("a") as file:
                file.write("x")
        return seen == step

    def write(target: pathlib.Path, data: bytes, *more: Any) -> None:
        if is_due():
            target.parent.mkdir(parents=True, exist_ok=True)
            (target.parent / ".semstyle-half").write_bytes(data[: len(data) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        real_write(target, data, *more)

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: pathlib.Path, *more: Any, **options: Any) -> Any:
            if "missing_ok" not in options and is_due():
                os.kill(os.getpid(), signal.SIGKILL)
            return real(path, *more, **options)

        return call

    folder.write_aside = write
    pathlib.Path.unlink = watched(pathlib.Path.unlink)  # type: ignore[method-assign]
    pathlib.Path.replace = watched(pathlib.Path.replace)  # type: ignore[method-assign]


def export(to: pathlib.Path, step: int = 0, counted: pathlib.Path | None = None) -> int:
    """Export in a process of its own; returns how it ended, as ``os.waitstatus_to_exitcode`` does."""
    child = os.fork()
    if child == 0:
        killed_at(step, counted)
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
