"""What the library datasets has to know of a data set before it reads it: files, splits, types of columns."""

from __future__ import annotations

from typing import Any

from semstyle.dataset.export.formats.columns import data_type, row_schema
from semstyle.dataset.export.options import DatasetFormat
from semstyle.dataset.export.whole import Whole

FILES = {
    DatasetFormat.WEBDATASET: "{split}-*.tar",
    DatasetFormat.PARQUET: "data/{split}-*.parquet",
    DatasetFormat.IMAGEFOLDER: "{split}/**",
}
"""Where the files of a split are."""


def config_of(whole: Whole) -> dict[str, Any]:
    pattern = FILES[whole.plan.options.format]
    files = [{"split": split, "path": pattern.format(split=split)} for split in whole.splits]
    return {"config_name": "default", "data_files": files}


def info_of(whole: Whole) -> dict[str, Any]:
    """Return ``dataset_info`` of a card, whose counts the library checks."""
    return {
        "features": features_of(whole),
        "splits": [
            {"name": name, "num_bytes": split.size, "num_examples": split.renders}
            for name, split in whole.splits.items()
        ],
        "download_size": whole.size,
        "dataset_size": whole.size,
    }


def features_of(whole: Whole) -> list[dict[str, Any]]:
    rows = [{"name": field.name, "dtype": data_type(field.type)} for field in row_schema(whole.plan.tags)]
    if whole.plan.options.format is not DatasetFormat.WEBDATASET:
        return [{"name": "image", "dtype": "image"}, *rows]
    images = [{"name": suffix.removeprefix("."), "dtype": "image"} for suffix in whole.suffixes]
    own = [{"name": name, "dtype": "string"} for name in ("__key__", "__url__")]
    return [{"name": "json", "struct": rows}, *images, *own]
