"""Nights of small real renders, made in this process without Ray: each attempt as a worker makes it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

from semstyle.dataset.nightly import NightOrder, steps
from semstyle.farm import RunSummary, run_manifest
from semstyle.farm.attempt import Assignment, Committed, Started
from semstyle.farm.demand import Demand
from semstyle.farm.output.layout import committed_ids
from semstyle.farm.worker.render_attempt import attempt
from semstyle.manifest import Row, read_rows
from semstyle.storage import Folder

SPEC = """
targets:
  glob: "*_target.png"
styles:
  - {{image: {pictures}/style.png, map: {pictures}/style_map.png}}
seeds: {seeds}
fixed: {{size: 48, phases: 1, iterations: 2}}
"""
FIRST, SECOND, THIRD = (date(2026, 11, day) for day in (26, 27, 28))


def write_spec(folder: Path, pictures: Path, targets: int = 2, seeds: int = 2) -> str:
    """Write a spec of one style and of so many target maps, each a file of its own; returns its path."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    for number in range(targets):
        halves = Image.open(pictures / "target_map.png").convert("RGB")
        halves.paste((255, 255, 255), (0, 0, 8 + number, 8 + number))
        halves.save(folder / f"{number}_target.png")
    spec = folder / "spec.yaml"
    spec.write_text(SPEC.format(pictures=pictures, seeds=seeds))
    return str(spec)


def render_without_ray(manifest: str, out: str, *arguments: Any, **more: Any) -> RunSummary:
    """Make what is missing in this process, then run as ever, which finds nothing left to do."""
    there = set(committed_ids(Folder(out)))
    for row in read_rows(manifest):
        assert isinstance(row, Row), row
        if row.render_id not in there:
            answer = attempt(Assignment(row, out, "run", Demand(0, 1)), Started("node", 1, time.time()))
            assert isinstance(answer, Committed), answer
    return run_manifest(manifest, out, *arguments, **more)


@contextmanager
def without_ray() -> Iterator[None]:
    with patch.object(steps, "run_manifest", render_without_ray):
        yield


def order(root: str | Path, night: date, spec: str, **more: Any) -> NightOrder:
    return NightOrder(Folder(str(root)), night, spec, **more)


def copy_night(root: Path, before: date, after: date) -> None:
    """Give a night the renders of another, as if they had been made again."""
    target = root / after.isoformat()
    for name in ("images", "records"):
        shutil.copytree(root / before.isoformat() / name, target / name, dirs_exist_ok=True)
