"""Tables in parts."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from semstyle.farm.output.parts import PartsWriter
from semstyle.storage import Folder

SCHEMA = pa.schema(
    [("id", pa.string()), ("style_loss_3_1", pa.float64()), ("style_loss_4_1", pa.float64()), ("note", pa.string())]
)


def publish(folder, batches, part_rows=2):
    with PartsWriter(SCHEMA, part_rows) as writer:
        for batch in batches:
            writer.append(batch)
        return writer.publish(Folder(str(folder)), "results")


def test_parts_have_one_schema_even_when_a_later_row_brings_a_column(tmp_path):
    first = pa.table({"id": ["a", "b"], "note": ["x", "y"]})
    later = pa.table({"id": ["c"], "style_loss_3_1": [1.5]})
    paths = publish(tmp_path, [[first], [later]])
    assert paths == ["results/part-00000.parquet", "results/part-00001.parquet"]
    table = pq.read_table(tmp_path / "results")
    assert table.schema.names == ["id", "style_loss_3_1", "note"]
    assert table["style_loss_3_1"].to_pylist() == [None, None, 1.5]


def test_fewer_parts_than_before_leave_none_behind(tmp_path):
    row = pa.table({"id": ["a"], "note": ["x"]})
    publish(tmp_path, [[row], [row], [row]], part_rows=1)
    publish(tmp_path, [[row]], part_rows=1)
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["part-00000.parquet"]


def test_no_rows_make_an_empty_table(tmp_path):
    publish(tmp_path, [])
    table = pq.read_table(tmp_path / "results")
    assert table.num_rows == 0 and "id" in table.schema.names
