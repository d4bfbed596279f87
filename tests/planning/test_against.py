"""Estimates beside what renders have taken."""

from __future__ import annotations

import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from small_manifest import write_small_manifest

from semstyle.cost.built_in_rates import built_in
from semstyle.cost.rates_file import store_rates
from semstyle.farm.attempt import Assignment, Committed, Started
from semstyle.farm.demand import Demand
from semstyle.farm.errors import FarmError
from semstyle.farm.worker.render_attempt import attempt
from semstyle.manifest import Row, read_rows
from semstyle.planning import PlanOptions, compare_with_records


def test_seconds_of_records_are_compared_by_method(pictures: Path, tmp_path: Path) -> None:
    rows = [{"seed": 0}, {"seed": 1}, {"method": "gram", "style_layers": "3_1"}, {"seed": 2}]
    manifest = write_small_manifest(tmp_path / "m.parquet", pictures, *rows)
    planned = [row for row in read_rows(manifest) if isinstance(row, Row)]
    store_rates(built_in("cpu").model_copy(update={"source": "measured"}), tmp_path / "rates")
    options = PlanOptions(rates=tmp_path / "rates")
    with pytest.raises(FarmError, match=r"out: no renders of this manifest are here; run it first"):
        compare_with_records(manifest, str(tmp_path / "out"), options)
    for row in planned[:3]:
        assignment = Assignment(row, str(tmp_path / "out"), "run1", Demand(0, 1))
        assert isinstance(attempt(assignment, Started("node", 1, time.time())), Committed)
    found = compare_with_records(manifest, str(tmp_path / "out"), options)
    measured = {
        row.render_id: pq.read_table(tmp_path / "out" / "records" / f"{row.render_id}.parquet")["seconds"][0].as_py()
        for row in planned[:3]
    }
    semantic, gram = sorted(found.methods, key=lambda group: -group.renders)
    assert [(semantic.method, semantic.renders), (gram.method, gram.renders)] == [("semantic", 2), ("gram", 1)]
    assert semantic.measured == pytest.approx(sum(measured[row.render_id] for row in planned[:2]))
    assert found.total.measured == pytest.approx(sum(measured.values())) and found.missing == 1
    assert found.total.estimated == pytest.approx(semantic.estimated + gram.estimated) and gram.estimated > 0
    assert found.total.ratio == pytest.approx(found.total.estimated / found.total.measured)
