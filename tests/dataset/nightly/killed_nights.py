"""A program that makes a night again and again, killed each time at another step, and tells how that ended.

Each night is made in a process of its own, forked from this one, which has nothing but imports.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import sys
from collections.abc import Callable

from killing import kill_at
from nights_at_work import FIRST, SECOND, copy_night, order, without_ray

from semstyle.dataset.comparison.requirements import Requirements
from semstyle.dataset.export.commit import read_dataset
from semstyle.dataset.nightly import make_night, plan_night
from semstyle.dataset.nightly.latest import read_latest
from semstyle.dataset.nightly.order import night_folder
from semstyle.farm import verify
from semstyle.storage import Folder

named, spec, trials = sys.argv[1:]
place = pathlib.Path(named)
KEPT = Requirements(max_failures_new=0, max_missing=0)


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
    kill_at(step, place, counted)
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
