"""``results/`` and ``traces/``: tables in parts, gathered on this machine's disk and published together."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from semstyle.engine.layers import LAYERS
from semstyle.farm.record import STYLE_LOSS
from semstyle.storage import Folder

SUFFIX = ".parquet"


class PartsWriter:
    """A table of any length, cut into files of about ``part_rows`` rows.

    Tables given may lack columns of ``schema``, which are then null. What is published has a loss column only for
    the layers that some render used, the same in every part.
    """

    def __init__(self, schema: pa.Schema, part_rows: int) -> None:
        self._schema = schema
        self._part_rows = part_rows
        self._folder = Path(tempfile.mkdtemp(prefix="semstyle-parts-"))
        self._drafts: list[Path] = []
        self._writer: pq.ParquetWriter | None = None
        self._rows_in_part = 0
        self._columns_met: set[str] = set()
        self.rows = 0

    def __enter__(self) -> PartsWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close_part()
        shutil.rmtree(self._folder, ignore_errors=True)

    def append(self, tables: Sequence[pa.Table]) -> None:
        """Add these rows, as one row group."""
        self._columns_met.update(name for table in tables for name in table.schema.names)
        group = pa.concat_tables([self._schema.empty_table(), *tables], promote_options="default")
        group = group.select(self._schema.names).cast(self._schema)
        if self._writer is None:
            draft = self._folder / f"part-{len(self._drafts):05d}{SUFFIX}"
            self._writer = pq.ParquetWriter(draft, self._schema, compression="zstd")
            self._drafts.append(draft)
        self._writer.write_table(group, row_group_size=max(1, group.num_rows))
        self.rows += group.num_rows
        self._rows_in_part += group.num_rows
        if self._rows_in_part >= self._part_rows:
            self._close_part()

    def publish(self, folder: Folder, subfolder: str) -> list[str]:
        """Write the parts into ``subfolder`` of ``folder``, after removing older ones; returns their paths."""
        if not self.rows:
            self.append([self._schema.empty_table().select([])])
        self._close_part()
        remove_parts(folder, subfolder)
        columns = [name for name in self._schema.names if name in self._columns_met or not is_layer_loss(name)]
        paths = []
        for draft in self._drafts:
            narrow = draft.with_suffix(".narrow")
            rewrite(draft, narrow, columns)
            path = f"{subfolder}/{draft.name}"
            folder.write(path, narrow.read_bytes())
            narrow.unlink()
            paths.append(path)
        return paths

    def _close_part(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer, self._rows_in_part = None, 0


def is_layer_loss(column: str) -> bool:
    return column.removeprefix(STYLE_LOSS) in LAYERS and column.startswith(STYLE_LOSS)


def rewrite(source: Path, target: Path, columns: Iterable[str]) -> None:
    """Copy a Parquet file with only these columns, a row group at a time."""
    with pq.ParquetFile(source) as parquet:
        schema = pa.schema([parquet.schema_arrow.field(name) for name in columns])
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            for number in range(parquet.num_row_groups):
                writer.write_table(parquet.read_row_group(number, columns=schema.names))


def remove_parts(folder: Folder, subfolder: str) -> None:
    for name in list(folder.names(subfolder)):
        if name.startswith("part-") and name.endswith(SUFFIX):
            folder.delete(f"{subfolder}/{name}")
