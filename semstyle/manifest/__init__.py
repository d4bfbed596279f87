"""Manifests: Parquet files with one render a row, read as a stream, and the grid specs they are built from."""

from semstyle.manifest.errors import ManifestError
from semstyle.manifest.reader import count_rows, manifest_digest, read_rows
from semstyle.manifest.row import BadRow, Position, Row

__all__ = ["BadRow", "ManifestError", "Position", "Row", "count_rows", "manifest_digest", "read_rows"]
