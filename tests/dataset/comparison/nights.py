"""Output folders as finished nights leave them, with records in the schema of a real one and images of noise."""

from __future__ import annotations

import hashlib
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
from semstyle.farm.output.job import Job
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.output.record import result_schema
from semstyle.images import encode_png
from semstyle.manifest import BadRow, Position
from semstyle.storage import Folder

PARAMETERS = frozenset(Parameters.__dataclass_fields__)
COLUMNS = ("style", "style_map", "target_map", "content")


def record(
    render_id: str, metrics: Mapping[str, float] | None = None, tags: Mapping[str, str] | None = None, **columns: Any
) -> dict[str, Any]:
    """A row of ``results/``; of its input files, those of the same path have the same content."""
    parameters = Parameters(**{name: value for name, value in columns.items() if name in PARAMETERS})
    rest = {name: value for name, value in columns.items() if name not in PARAMETERS}
    uris = {"style": "s.png", "style_map": "m.png", "target_map": "t.png"} | {
        name: rest[name] for name in COLUMNS if name in rest
    }
    files = [
        {"column": name, "uri": uri, "sha256": hashlib.sha256(uri.encode()).hexdigest(), "stamp": None}
        for name, uri in uris.items()
    ]
    return {
        "render_id": render_id,
        **uris,
        **parameters.settled(False, 3).as_dict(),
        "tags": list((tags or {}).items()),
        "inputs": files,
        "metrics": list((metrics or {}).items()),
        "image": f"images/{render_id}.png",
        "loss": 2.0,
        "render_seconds": 2.5,
        "seconds": 3.0,
        "device": "cpu",
        "semstyle_version": "0.1.0",
        **rest,
    }


def noise(seed: int, size: tuple[int, int] = (48, 32)) -> Image.Image:
    """A picture of ``size`` (width, height) that no other seed has."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8))


def write_night(
    out: Path,
    rows: Sequence[dict[str, Any]],
    images: Mapping[str, Image.Image] | None = None,
    failures: Mapping[str, str] | None = None,
    aggregated: bool = True,
) -> str:
    """Write a night; returns its path.

    Args:
        images: By render id; the same noise for those that are left out.
        failures: Messages by the ids of rows in quarantine.
        aggregated: Whether there is a table of results, too.
    """
    for name in ("images", "records", "results"):
        (out / name).mkdir(parents=True)
    (out / "job.json").write_text(Job(manifest="m.parquet", manifest_digest="0", options={}).model_dump_json())
    same = encode_png(noise(0))
    rows = [dict(row) for row in rows]
    for row in rows:
        image = (images or {}).get(row["render_id"])
        data = same if image is None else encode_png(image)
        row.setdefault("image_sha256", hashlib.sha256(data).hexdigest())
        (out / "images" / f"{row['render_id']}.png").write_bytes(data)
        if not aggregated:
            table = pa.Table.from_pylist([row], result_schema())
            pq.write_table(table, out / "records" / f"{row['render_id']}.parquet")
        else:
            (out / "records" / f"{row['render_id']}.parquet").touch()  # all of it is in the table
    if aggregated:
        pq.write_table(pa.Table.from_pylist(rows, result_schema()), out / "results" / "part-00000.parquet")
    quarantine = Quarantine(Folder(str(out)), "run", Ledger([], []))
    for number, (render_id, message) in enumerate((failures or {}).items()):
        row = BadRow(render_id, Position("m.parquet", number + 1), "style", message)
        quarantine.add(row, Failed(FailureClass.INPUT, message))
    quarantine.flush()
    return str(out)
