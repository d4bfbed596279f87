"""The pages of renders: what stands in the grid and the table, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from semstyle.farm.output.layout import image_path, recorded_image
from semstyle.report.data.column import Column
from semstyle.report.data.columns import cells
from semstyle.report.data.kept import KeptPictures
from semstyle.report.data.script import as_json, digest_of

RENDERS_EACH = 1_000
DIGEST_LETTERS = 8


def renders_page(rows: pa.Table, columns: Sequence[Column], pictures: KeptPictures) -> dict[str, Any]:
    """Return what a page says of up to ``RENDERS_EACH`` renders; it fits ``run.js`` with the same columns alone."""
    render_ids = rows["render_id"].to_pylist()
    images = [recorded_image(row) for row in rows.select(["render_id", "image"]).to_pylist()]
    page: dict[str, Any] = {
        "columns_digest": columns_digest(columns),
        "ids": render_ids,
        "height": rows["height"].to_pylist(),
        "width": rows["width"].to_pylist(),
        "columns": {column.source.name: cells(rows, column) for column in columns if not column.has_constant},
        "thumbnails": [int(pictures.has(render_id)) for render_id in render_ids],
        "digests": pc.utf8_slice_codeunits(pc.fill_null(rows["image_sha256"], ""), 0, DIGEST_LETTERS).to_pylist(),
    }
    if any(image != image_path(render_id) for image, render_id in zip(images, render_ids, strict=True)):
        page["images"] = [f"../{image}" for image in images]
    return page


def columns_digest(columns: Sequence[Column]) -> str:
    return digest_of(as_json([column.as_dict() for column in columns]).encode())


def identity(rows: pa.Table) -> bytes:
    """Return bytes that differ when any of the renders is another one, or was made again."""
    names = ("render_id", "image_sha256", "run_id", "started_at", "manifest_file", "manifest_row")
    return repr([rows[name].to_pylist() for name in names]).encode()
