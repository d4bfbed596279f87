"""Shards of Parquet with the images in them, laid out as the library datasets expects it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from semstyle.dataset.export.damage import Verified
from semstyle.dataset.export.formats.columns import IMAGE, data_type, row_schema
from semstyle.dataset.export.plan import Part

ROWS_IN_GROUP = 100
"""Few, as whoever reads one image reads its row group."""
COMPRESSION = "zstd"
IMAGE_BYTES = "image.bytes"


def shard_path(part: Part) -> str:
    return f"data/{part.split}-{part.number:05d}-of-{part.count:05d}.parquet"


def shard_bytes(renders: Iterable[Verified], tags: Mapping[str, str]) -> bytes:
    """Write a shard; the same renders give the same bytes."""
    rows = row_schema(tags)
    schema = pa.schema([pa.field("image", IMAGE), *rows]).with_metadata({"huggingface": json.dumps(info_of(rows))})
    stream = io.BytesIO()
    remaining = iter(renders)
    with pq.ParquetWriter(
        stream,
        schema,
        compression=dict.fromkeys(rows.names, COMPRESSION) | {IMAGE_BYTES: "none", "image.path": COMPRESSION},
        use_dictionary=rows.names,
        write_statistics=rows.names,
    ) as writer:
        while batch := list(islice(remaining, ROWS_IN_GROUP)):
            writer.write_table(pa.Table.from_pylist([values_of(render) for render in batch], schema))
    return stream.getvalue()


def values_of(render: Verified) -> dict[str, Any]:
    return {"image": {"bytes": render.image, "path": f"{render.render_id}{render.suffix}"}, **render.row}


def info_of(rows: pa.Schema) -> dict[str, Any]:
    """Return what tells the library datasets that a column holds images."""
    values = {field.name: {"dtype": data_type(field.type), "_type": "Value"} for field in rows}
    return {"info": {"features": {"image": {"_type": "Image"}, **values}}}
