"""Manifests: Parquet files with one render a row, read as a stream, and the grid specs they are built from.

``load_inputs`` is loaded when first used, so that reading rows does not import torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from semstyle.manifest.build import build_manifest
from semstyle.manifest.errors import ManifestError
from semstyle.manifest.reader import count_rows, manifest_digest, read_rows
from semstyle.manifest.row import BadRow, Position, Row, clashing
from semstyle.manifest.shard import Shard

if TYPE_CHECKING:
    from semstyle.manifest.inputs import Inputs, load_inputs

__all__ = [
    "BadRow",
    "Inputs",
    "ManifestError",
    "Position",
    "Row",
    "Shard",
    "build_manifest",
    "clashing",
    "count_rows",
    "load_inputs",
    "manifest_digest",
    "read_rows",
]


def __getattr__(name: str) -> Any:
    if name in {"Inputs", "load_inputs"}:
        return getattr(importlib.import_module("semstyle.manifest.inputs"), name)
    raise AttributeError(f"module 'semstyle.manifest' has no attribute {name!r}")
