"""Two runs of one manifest into one folder at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import faults
import pyarrow.parquet as pq
import pytest

from semstyle.farm import RunOptions, run_manifest, verify


@pytest.mark.usefixtures("cluster")
def test_there_is_one_record_per_row_and_it_is_of_the_image_that_is_there(manifest, tmp_path):
    path = manifest(*({"seed": seed} for seed in range(4)))
    out = tmp_path / "out"

    def run_once(number: int):
        return run_manifest(path, str(out), RunOptions(cpus_per_render=0.5), perform=faults.slow)

    with ThreadPoolExecutor(2) as pool:
        summaries = list(pool.map(run_once, range(2)))

    assert [summary.exit_code for summary in summaries] == [0, 0]
    assert len(list((out / "records").iterdir())) == 4
    assert pq.read_table(out / "results").num_rows == 4
    assert verify(str(out)).is_good
    rendered_by_both = sum(summary.status.rendered for summary in summaries)
    assert rendered_by_both > 4, "the runs did not overlap, so this shows nothing"
