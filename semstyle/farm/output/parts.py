"""Writing ``results/`` and ``traces/``: tables in parts, gathered on this machine's disk and published together."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from semstyle.engine.layers import LAYERS
from semstyle.farm.output.record import STYLE_LOSS
from semstyle.storage import Folder, StorageError, retried, translated

SUFFIX = ".parquet"


class PartsWriter:
    """Writes a table of any length, cut into files of about ``part_rows`` rows.

    Tables given may lack columns of ``schema``, which are then null. Every part has the same columns; of losses only
    those of layers that some render used. When this machine's disk is full, it is waited for as storage is.
    """

    def __init__(self, schema: pa.Schema, part_rows: int) -> None:
        self._schema = schema
        self._part_rows = part_rows
        self._folder = temporary_folder()
        self._parts: list[list[Path]] = []
        """The files of each part's row groups. A file each, so that one that the disk did not take is written again."""
        self._rows_in_part = part_rows
        self._columns_met: set[str] = set()
        self.rows = 0

    def __enter__(self) -> PartsWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def append(self, tables: Sequence[pa.Table]) -> None:
        """Add these rows, as one row group."""
        self._columns_met.update(name for table in tables for name in table.schema.names)
        group = pa.concat_tables([self._schema.empty_table(), *tables], promote_options="default")
        group = group.select(self._schema.names).cast(self._schema)
        if self._rows_in_part >= self._part_rows:
            self._parts.append([])
            self._rows_in_part = 0
        path = self._folder / f"group-{len(self._parts)}-{len(self._parts[-1])}{SUFFIX}"
        write_group(group, path)
        self._parts[-1].append(path)
        self.rows += group.num_rows
        self._rows_in_part += group.num_rows

    def publish(self, folder: Folder, subfolder: str) -> list[str]:
        """Write the parts into ``subfolder`` of ``folder``, after removing older ones; returns their paths."""
        if not self.rows:
            self.append([self._schema.empty_table().select([])])
        remove_parts(folder, subfolder)
        columns = [name for name in self._schema.names if name in self._columns_met or not is_layer_loss(name)]
        paths = []
        for number, groups in enumerate(self._parts):
            joined = self._folder / "joined"
            join(groups, joined, columns)
            path = f"{subfolder}/part-{number:05d}{SUFFIX}"
            folder.write(path, joined.read_bytes())
            joined.unlink()
            paths.append(path)
        return paths


@retried
def temporary_folder() -> Path:
    """Make a new folder on this machine.

    Raises:
        StorageError: when there is no place for one.
    """
    try:
        return Path(tempfile.mkdtemp(prefix="semstyle-parts-"))
    except OSError as error:  # also the search for a place that can be written, when all are full
        reason = error.strerror or error
        raise StorageError(f"no temporary file can be made ({reason}); TMPDIR names a place", transient=True) from None


@retried
def write_group(group: pa.Table, path: Path) -> None:
    with translated(str(path)):
        pq.write_table(group, path, row_group_size=max(1, group.num_rows), compression="zstd")


def is_layer_loss(column: str) -> bool:
    return column.removeprefix(STYLE_LOSS) in LAYERS and column.startswith(STYLE_LOSS)


@retried
def join(groups: Sequence[Path], target: Path, columns: Sequence[str]) -> None:
    """Make one Parquet file of several, each as a row group, with only these columns."""
    with translated(str(target)):
        known = pq.read_schema(groups[0])
        schema = pa.schema([known.field(name) for name in columns])
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            for group in groups:
                with pq.ParquetFile(group) as parquet:
                    writer.write_table(parquet.read(schema.names))


def remove_parts(folder: Folder, subfolder: str) -> None:
    for name in list(filter(is_part, folder.names(subfolder))):
        folder.delete(f"{subfolder}/{name}")


def is_part(name: str) -> bool:
    """Whether a file of ``results/`` or ``traces/`` is one of ours."""
    return name.startswith("part-") and name.endswith(SUFFIX)
