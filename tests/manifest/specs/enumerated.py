"""Building specs in tests, and what their rows hold, to be compared with an enumeration of the test's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

import pyarrow.parquet as pq

from semstyle.manifest import Row, build_manifest, read_rows
from semstyle.manifest.specs.settings import Settings

ONE = "inputs: [{style: a.png, content: c.png}]\n"


def one(text: str) -> str:
    """A spec of one set of inputs, and ``text``."""
    return ONE + dedent(text)


def built(folder: Path, text: str, settings: Settings | None = None, limit: int | None = None) -> list[Row]:
    """The rows of a spec that lies in ``folder``, read back from the manifest that is built of it."""
    (folder / "spec.yaml").write_text(text)
    manifest = folder / "m.parquet"
    count = build_manifest(str(folder / "spec.yaml"), str(manifest), settings, limit)
    rows = [row for row in read_rows(str(manifest)) if isinstance(row, Row)]
    assert len(rows) == count == pq.ParquetFile(manifest).metadata.num_rows
    return rows


def parameters_of(rows: Iterable[Row], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(getattr(row.parameters, name) for name in names) for row in rows]


def ids_of(rows: Iterable[Row]) -> list[str]:
    return [row.render_id for row in rows]


def files(folder: Path, names: Sequence[str]) -> None:
    """Make empty files, and the folders that they lie in."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
