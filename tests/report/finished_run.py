"""Folders as finished runs leave them, with images of one colour each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from semstyle.engine import Parameters
from semstyle.farm.attempt import Failed, FailureClass
from semstyle.farm.output.failures import Quarantine
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.output.record import result_schema
from semstyle.manifest import BadRow, Position
from semstyle.storage import Folder

COLORS = ((200, 30, 40), (20, 150, 60), (30, 60, 190), (220, 180, 20))


def finished(
    render_id: str, tags: Mapping[str, str] | None = None, metrics: Mapping[str, float] | None = None, **columns: Any
) -> dict[str, Any]:
    """A row of ``results/``."""
    names = Parameters.__dataclass_fields__
    parameters = Parameters(**{name: value for name, value in columns.items() if name in names})
    rest = {name: value for name, value in columns.items() if name not in names}
    return {
        "render_id": render_id,
        "style": "s.png",
        "target_map": "t.png",
        **parameters.as_dict(),
        "tags": list((tags or {}).items()),
        "metrics": list((metrics or {}).items()),
        "image_sha256": render_id,
        "height": 30,
        "width": 40,
        "render_seconds": 2.5,
        "device": "cpu",
        "semstyle_version": "0.1",
        **rest,
    }


def write_run(out: Path, rows: Sequence[Mapping[str, Any]], failures: Sequence[str] = ()) -> str:
    """A folder with these results, an image of each, and rows that failed with these messages; returns its path."""
    for name in ("images", "records", "results"):
        (out / name).mkdir(parents=True)
    for number, row in enumerate(rows):
        color = COLORS[number % len(COLORS)]
        Image.fromarray(np.full((30, 40, 3), color, np.uint8)).save(out / "images" / f"{row['render_id']}.png")
        pq.write_table(pa.Table.from_pylist([row], result_schema()), out / "records" / f"{row['render_id']}.parquet")
    pq.write_table(pa.Table.from_pylist(list(rows), result_schema()), out / "results" / "part-00000.parquet")
    quarantine = Quarantine(Folder(str(out)), "run", Ledger([], []))
    for number, message in enumerate(failures):
        row = BadRow(f"bad{number}", Position("m.parquet", number + 1), "style", message)
        quarantine.add(row, Failed(FailureClass.INPUT, message))
    return str(out)
