"""A program that makes a night again and again, killed each time at another step, and tells how that ended.

Each night is made in a process of its own, forked from this one, which has nothing but imports. A step is a file
written, removed or moved, or a folder removed; one that is killed while it writes leaves half a file.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import signal
import sys
from collections.abc import Callable
from typing import Any

from nights_at_work import FIRST, SECOND, copy_night, order, without_ray

from semstyle.dataset.comparison.requirements import Requirements
from semstyle.dataset.export.commit import read_dataset
from semstyle.dataset.nightly import make_night, plan_night
from semstyle.dataset.nightly.latest import read_latest
from semstyle.dataset.nightly.order import night_folder
from semstyle.farm import verify
from semstyle.storage import Folder, folder

named, spec, trials = sys.argv[1:]
place = pathlib.Path(named)
KEPT = Requirements(max_failures_new=0, max_missing=0)


def killed_at(step: int, counted: pathlib.Path | None) -> None:
    """Have this process killed at its step ``step``, counted from 1; never at 0."""
    seen = 0
    real_write, real_rmtree = folder.write_aside, shutil.rmtree

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

    def rmtree(path: str, *more: Any, **options: Any) -> None:
        if pathlib.Path(path).is_relative_to(place) and is_due():
            for file in sorted(pathlib.Path(path).rglob("*"))[::2]:
                if file.is_file():
                    os.remove(file)  # noqa: PTH107
            os.kill(os.getpid(), signal.SIGKILL)
        real_rmtree(path, *more, **options)

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: pathlib.Path, *more: Any, **options: Any) -> Any:
            if "missing_ok" not in options and is_due():
                os.kill(os.getpid(), signal.SIGKILL)
            return real(path, *more, **options)

        return call

    folder.write_aside = write
    shutil.rmtree = rmtree  # type: ignore[assignment]
    pathlib.Path.unlink = watched(pathlib.Path.unlink)  # type: ignore[method-assign]
    pathlib.Path.replace = watched(pathlib.Path.replace)  # type: ignore[method-assign]


def forked(work: Callable[[], int]) -> int:
    """Do ``work`` in a process of its own; returns how it ended, as ``os.waitstatus_to_exitcode`` does."""
    child = os.fork()
    if child == 0:
        with without_ray():
            os._exit(work())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def first(root: pathlib.Path) -> int:
    return make_night(order(root, FIRST, spec)).exit_code


def second(root: pathlib.Path, step: int = 0, counted: pathlib.Path | None = None) -> int:
    """Make the second night."""
    killed_at(step, counted)
    return make_night(order(root, SECOND, spec, requirements=KEPT, keep=1)).exit_code


def begun(root: pathlib.Path) -> pathlib.Path:
    """A folder of nights with the first, and the second begun, with renders that are the first's."""
    shutil.copytree(place / "nights", root)
    plan_night(order(root, SECOND, spec))
    copy_night(root, FIRST, SECOND)
    return root


def is_sound(root: pathlib.Path) -> bool:
    """Whether ``latest`` names a whole night with a whole data set."""
    nights = Folder(str(root))
    latest = read_latest(nights)
    assert latest is not None
    night = night_folder(nights, latest)
    return read_dataset(Folder(night.location("dataset"))) is not None and verify(night.uri).is_good


assert forked(lambda: first(place / "nights")) == 0
counted = place / "steps"
assert forked(lambda: second(begun(place / "reference"), counted=counted)) == 0
total = counted.stat().st_size
wanted = total if trials == "all" else int(trials)
steps = sorted({1 + number * (total - 1) // max(1, wanted - 1) for number in range(wanted)})
told = []
for step in steps:
    root = place / f"trial-{step}"
    killed = forked(lambda root=root, step=step: second(begun(root), step))  # type: ignore[misc]
    sound = is_sound(root)
    told.append({"step": step, "killed": killed, "sound": sound, "again": forked(lambda root=root: second(root))})  # type: ignore[misc]
print(json.dumps(told))
