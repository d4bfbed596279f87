"""The renders of a run on this machine's disk, from which a report takes them in the order of the manifest."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from semstyle.farm.many_at_once import in_order
from semstyle.farm.output.aggregate import traces_of
from semstyle.farm.output.layout import RESULTS, TRACES, finished_ids
from semstyle.farm.output.parts import is_part
from semstyle.farm.output.read_records import read_listed, read_record
from semstyle.farm.output.record import TRACE, result_schema
from semstyle.report.data.curves import curves
from semstyle.storage import Folder, MissingObjectError

BATCH_ROWS = 4_096
RECORDS_AT_ONCE = 256


class Spool:
    """Keeps the rows of all finished renders, and the curves of those that were asked for, outside of memory.

    It may be filled again and again while a run goes on: only what is new is read.
    """

    def __init__(self, folder: Folder) -> None:
        self._run = folder
        self._folder = Path(tempfile.mkdtemp(prefix="semstyle-report-"))
        self._schema = result_schema()
        self._tables: list[pa.Table] = []
        self._places: dict[str, int] = {}
        """Render id → number of its row in all tables."""
        self._rows = 0
        self._curves = (self._folder / "curves").open("w+b")
        self._curve_places: dict[str, tuple[int, int]] = {}
        self._order: pa.Array = pa.array([], pa.int64())

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tables = []
        self._curves.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __len__(self) -> int:
        return len(self._order)

    @property
    def folder(self) -> Path:
        """The folder of temporary files, which goes with this."""
        return self._folder

    def refresh(self, points: int) -> None:
        """Read the renders that have finished since, and forget those that are gone.

        Args:
            points: See :func:`semstyle.report.data.curves.curves`.

        Raises:
            StorageError: when the run cannot be read.
            FarmError: when a record is damaged.
        """
        finished = set(finished_ids(self._run))
        for render_id in self._places.keys() - finished:
            del self._places[render_id]
            self._curve_places.pop(render_id, None)
        unseen = finished - self._places.keys()
        if unseen:
            self._read_results(unseen)
            self._read_records(sorted(unseen), points)
        self._order = self._in_order()

    def _read_results(self, unseen: set[str]) -> None:
        """Take the rows of ``unseen`` renders from ``results/``, and take them out of ``unseen``."""
        for name in sorted(filter(is_part, self._run.names(RESULTS))):
            with pq.ParquetFile(io.BytesIO(read_listed(self._run, f"{RESULTS}/{name}"))) as part:
                known = [column for column in part.schema_arrow.names if column in self._schema.names]
                for batch in part.iter_batches(BATCH_ROWS, columns=known):
                    self._add(pa.Table.from_batches([batch]), unseen)

    def _read_records(self, render_ids: Sequence[str], points: int) -> None:
        """Take rows and curves from records; one that has vanished meanwhile is left out."""

        def read(render_id: str) -> pa.Table | None:
            try:
                return read_record(self._run, render_id)
            except MissingObjectError:
                return None

        tables = in_order(read, render_ids)
        records = (table for table in tables if table is not None)
        while batch := list(islice(records, RECORDS_AT_ONCE)):
            for record in batch:
                self._keep_curves_of(record, points)
            rows = [
                record.select([name for name in record.column_names if name in self._schema.names]) for record in batch
            ]
            self._add(pa.concat_tables(rows, promote_options="permissive"), set(render_ids))

    def _add(self, table: pa.Table, wanted: set[str]) -> None:
        """Put the rows of ``wanted`` renders on the disk; their ids are taken out of ``wanted``."""
        render_ids = table["render_id"].to_pylist()
        chosen: list[int] = []
        for row, render_id in enumerate(render_ids):
            if render_id in wanted:
                wanted.remove(render_id)
                self._places[render_id] = self._rows + len(chosen)
                chosen.append(row)
        if not chosen:
            return
        table = pa.concat_tables([self._schema.empty_table(), table.take(chosen)], promote_options="permissive")
        table = table.select(self._schema.names).cast(self._schema).combine_chunks()
        path = self._folder / f"rows-{len(self._tables)}.arrow"
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, self._schema) as writer:
            writer.write_table(table)
        self._tables.append(pa.ipc.open_file(pa.memory_map(str(path))).read_all())
        self._rows += len(chosen)

    def _in_order(self) -> pa.Array:
        """Return the numbers of the rows in the order of the manifest; those without a place come first, by id."""
        numbers = pa.array(sorted(self._places.values()), pa.int64())
        keys = self._all.select(["manifest_file", "manifest_row", "render_id"]).take(numbers)
        keys = keys.set_column(0, "manifest_file", pc.fill_null(keys["manifest_file"], ""))
        keys = keys.set_column(1, "manifest_row", pc.fill_null(keys["manifest_row"], 0))
        names = ("manifest_file", "manifest_row", "render_id")
        return numbers.take(pc.sort_indices(keys, [(name, "ascending") for name in names]))

    @property
    def _all(self) -> pa.Table:
        return pa.concat_tables(self._tables) if self._tables else self._schema.empty_table()

    def rows(self, start: int, stop: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows of renders ``start`` … ``stop``, in the order of the manifest."""
        table = self._all if columns is None else self._all.select(list(columns))
        return table.take(self._order[start:stop]).combine_chunks()

    def pages(self, size: int, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Yield the rows of all renders, ``size`` at a time."""
        for start in range(0, len(self), size):
            yield self.rows(start, start + size, columns)

    def read_curves(self, render_ids: set[str], points: int) -> None:
        """See to it that the curves of these renders are there: from ``traces/``, else from their records."""
        missing = render_ids - self._curve_places.keys()
        for name in sorted(filter(is_part, self._run.names(TRACES))) if missing else ():
            with pq.ParquetFile(io.BytesIO(read_listed(self._run, f"{TRACES}/{name}"))) as part:
                for group in range(part.num_row_groups):
                    self._keep_curves(part.read_row_group(group), points, missing)
        self._read_missing_curves(sorted(missing - self._curve_places.keys()), points)

    def _read_missing_curves(self, render_ids: Sequence[str], points: int) -> None:
        def read(render_id: str) -> pa.Table | None:
            try:
                return read_record(self._run, render_id, ["render_id", TRACE])
            except MissingObjectError:
                return None

        for record in in_order(read, render_ids):
            if record is not None:
                self._keep_curves_of(record, points)

    def _keep_curves_of(self, record: pa.Table, points: int) -> None:
        if TRACE in record.column_names:
            self._keep_curves(traces_of(record), points, None)

    def _keep_curves(self, traces: pa.Table, points: int, wanted: set[str] | None) -> None:
        if wanted is not None:
            traces = traces.filter(pc.is_in(traces["render_id"], pa.array(wanted, pa.string())))
        for render_id, text in curves(traces, points):
            content = text.encode()
            self._curve_places[render_id] = self._curves.seek(0, io.SEEK_END), len(content)
            self._curves.write(content)

    def curve(self, render_id: str) -> bytes:
        """Return the JSON of a render's trace; of one that has none, that of no phases."""
        if render_id not in self._curve_places:
            return b'{"phases":[]}'
        start, length = self._curve_places[render_id]
        self._curves.seek(start)
        return self._curves.read(length)
