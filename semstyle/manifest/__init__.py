"""Manifests: Parquet files with one render a row, read as a stream, and the grid specs they are built from.

Names are loaded when first used: checking a row imports no pyarrow, reading rows no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from semstyle.manifest.errors import ManifestError
from semstyle.manifest.row import BadRow, Position, Row, clashing
from semstyle.manifest.shard import Shard

if TYPE_CHECKING:
    from semstyle.manifest.build import build_manifest
    from semstyle.manifest.inputs import Inputs, load_inputs
    from semstyle.manifest.reader import count_rows, manifest_digest, read_rows

_LAZY = {
    "Inputs": "inputs",
    "build_manifest": "build",
    "count_rows": "reader",
    "load_inputs": "inputs",
    "manifest_digest": "reader",
    "read_rows": "reader",
}

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
    if name in _LAZY:
        return getattr(importlib.import_module(f"semstyle.manifest.{_LAZY[name]}"), name)
    raise AttributeError(f"module 'semstyle.manifest' has no attribute {name!r}")
