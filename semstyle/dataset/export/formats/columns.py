"""The columns of a data set's rows: inputs, parameters, tags, metrics."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from semstyle.evaluate.metrics import METRICS
from semstyle.farm.output.aggregate import METRIC_COLUMN
from semstyle.farm.output.record import result_schema
from semstyle.report.varying import PARAMETERS, Result
from semstyle.storage import one_line

INPUT_COLUMNS = ("style", "style_map", "target_map", "content")
MEASURED = ("height", "width", "loss", "evaluations", "render_seconds")
MADE_BY = ("device", "semstyle_version", "encoder_sha256")
FROM_RECORD = (*INPUT_COLUMNS, *PARAMETERS, *MEASURED, *MADE_BY, "image_sha256")
READ = ["render_id", *FROM_RECORD, "started_at", "image", "tags", "metrics"]
"""What is read of a record to make its row."""
TAG_COLUMN = "tag_"
MOST_TAGS = 100
LONGEST_TAG_NAME = 100
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
"""An image as the library datasets stores it."""


def tag_columns(counts: Counter[str]) -> dict[str, str]:
    """Return tag name → column for the most frequent tags, a hundred at most.

    Names are strangers' text: one that is too long, or that another column already has but for its case, is left out.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        column = TAG_COLUMN + one_line(name)
        if len(found) < MOST_TAGS and len(name) <= LONGEST_TAG_NAME and column.lower() not in taken:
            taken.add(column.lower())
            found[name] = column
    return {name: found[name] for name in sorted(found)}


def row_schema(tags: Mapping[str, str]) -> pa.Schema:
    """Return the columns of a row besides its image."""
    known = result_schema()
    return pa.schema(
        [
            ("render_id", pa.string()),
            ("group", pa.string()),
            ("split", pa.string()),
            *((name, known.field(name).type) for name in FROM_RECORD),
            *((column, pa.string()) for column in tags.values()),
            *((METRIC_COLUMN + metric.name, pa.float64()) for metric in METRICS),
        ]
    )


def row_values(record: Result, group: str, split: str, tags: Mapping[str, str]) -> dict[str, Any]:
    """Return the row of a record, in the order of :func:`row_schema`; numbers that are not finite are null."""
    found, metrics = dict(record["tags"] or ()), dict(record["metrics"] or ())
    return {
        "render_id": record["render_id"],
        "group": group,
        "split": split,
        **{name: finite(record[name]) for name in FROM_RECORD},
        **{column: found.get(name) for name, column in tags.items()},
        **{METRIC_COLUMN + metric.name: finite(metrics.get(metric.name)) for metric in METRICS},
    }


def finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def data_type(kind: pa.DataType) -> str:
    """Return the name that the library datasets has for a type."""
    return "float64" if kind == pa.float64() else str(kind)
