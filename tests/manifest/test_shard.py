"""Parts of a manifest for several drivers."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semstyle.manifest import Shard, count_rows, read_rows


@given(count=st.integers(1, 50), rows=st.integers(0, 500))
def test_every_row_is_in_one_shard_and_their_shares_differ_by_one_at_most(count: int, rows: int) -> None:
    shards = [Shard(number, count) for number in range(1, count + 1)]
    held = [[row for row in range(1, rows + 1) if shard.holds(row)] for shard in shards]
    assert sorted(row for part in held for row in part) == list(range(1, rows + 1))
    assert [shard.share(rows) for shard in shards] == [len(part) for part in held]
    assert max(map(len, held)) - min(map(len, held)) <= 1


def test_a_folder_is_divided_across_its_files_and_rows_keep_their_positions(tmp_path: Path) -> None:
    for file, lengths in (("a", 3), ("b", 0), ("c", 2000)):
        style = pa.array([f"{file}{number}.png" for number in range(lengths)], pa.string())
        pq.write_table(pa.table({"style": style}), tmp_path / f"{file}.parquet")
    whole = list(read_rows(str(tmp_path)))
    parts = [Shard(1, 2), Shard(2, 2)]
    first, second = (list(read_rows(str(tmp_path), part)) for part in parts)
    assert first == whole[0::2] and second == whole[1::2]
    assert [count_rows(str(tmp_path), part) for part in parts] == [len(first), len(second)]


def test_is_written_as_one_of_many() -> None:
    assert Shard.parse("2/8") == Shard(2, 8) and str(Shard(2, 8)) == "2/8"


@pytest.mark.parametrize("text", ["", "2", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b", "١/٢", "1/99999", "1/2\n"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="such as 2/8"):
        Shard.parse(text)
