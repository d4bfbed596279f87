"""Manifests for jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_manifest import MakeManifest, write_small_manifest


@pytest.fixture
def manifest(tmp_path: Path, pictures: Path) -> MakeManifest:
    """Writes a manifest of small renders, one for each mapping of columns given; returns its path."""

    def make(*rows: dict[str, Any]) -> str:
        return write_small_manifest(tmp_path / "manifest.parquet", pictures, *rows)

    return make
