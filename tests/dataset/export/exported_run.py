"""A finished run to export: records as a worker writes them, and images of noise."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from semstyle.farm.output.job import Job, Run, write_job
from semstyle.storage import Folder

sys.path.insert(0, str(Path(__file__).parents[1] / "comparison"))

from nights import noise, record, write_night

COUNT = 24
IN_GROUP = 2
"""So many renders have a target map in common."""


def finished_run(out: Path, count: int = COUNT, failures: Mapping[str, str] | None = None, **columns: Any) -> str:
    """Write a run of ``count`` renders, each with an image of its own; returns its path.

    Only the last group has a tag ``rare`` and a metric ``structure``: these columns are empty in all splits but one,
    and there at first.
    """
    rows = [
        record(
            f"r{number:03d}",
            {"sharpness": 1 + number / 8, "coherence": 0.5}
            | ({"structure": 0.25} if number >= count - IN_GROUP else {}),
            {"scene": f"scene {number % 3}", "license": "cc0-1.0"}
            | ({"rare": "yes"} if number >= count - IN_GROUP else {}),
            **{"target_map": f"t{number // IN_GROUP}.png", "seed": number, "height": 32, "width": 48, **columns},
        )
        for number in range(count)
    ]
    return write_rows(out, rows, failures)


def write_rows(out: Path, rows: list[dict[str, Any]], failures: Mapping[str, str] | None = None) -> str:
    images = {row["render_id"]: noise(number) for number, row in enumerate(rows)}
    write_night(out, rows, images, failures, aggregated=False)
    run = Run(
        run_id="run",
        started_at=datetime(2026, 11, 27, 23, tzinfo=UTC),
        ended_at=datetime(2026, 11, 28, 5, tzinfo=UTC),
        state="finished",
        host="node",
        pid=1,
        manifest_digest="0",
    )
    write_job(Folder(str(out)), Job(manifest="m.parquet", manifest_digest="0", options={}, runs=[run]))
    return str(out)


def bytes_in(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file in a folder, by path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def image_of(out: str, render_id: str) -> bytes:
    return Path(out, "images", f"{render_id}.png").read_bytes()
