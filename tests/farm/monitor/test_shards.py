"""Several drivers, each with a shard of one manifest, on one output folder."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import faults
import pyarrow.parquet as pq
import pytest
from shard_status import status

from semstyle.commands.status import status_table
from semstyle.farm import RunOptions, read_status, run_manifest, verify
from semstyle.farm.monitor.shards import ShardHeartbeat, read_shards, together
from semstyle.manifest import Shard
from semstyle.storage import Folder


def run_shard(manifest: str, out: str, shard: str):
    return run_manifest(manifest, out, RunOptions(cpus_per_render=0.5, shard=shard), perform=faults.slow)


@pytest.mark.usefixtures("cluster")
def test_two_drivers_render_each_row_once_and_the_last_gathers_all(manifest, tmp_path):
    path = manifest(*({"seed": seed} for seed in range(4)), {"render_id": "bad", "style_weight": -1.0})
    out = tmp_path / "out"

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda shard: run_shard(path, str(out), shard), ("1/2", "2/2"))

    assert (first.status.renders, first.status.rendered, first.status.failed) == (3, 2, 1)
    assert (second.status.renders, second.status.rendered, second.status.failed) == (2, 2, 0)
    assert first.results or second.results
    assert pq.read_table(out / "results").num_rows == 4
    assert verify(str(out)).is_good
    whole = read_status(str(out))
    assert (whole.state, whole.renders, whole.rendered, whole.failed, whole.left) == ("finished", 5, 4, 1, 0)
    assert [(part.shard, part.state, part.rendered) for part in whole.shards] == [
        ("1/2", "finished", 2),
        ("2/2", "finished", 2),
    ]
    job = json.loads((out / "job.json").read_text())
    assert {run["state"] for run in job["runs"]} == {"finished"}


@pytest.mark.usefixtures("cluster")
def test_one_shard_alone_gathers_nothing_and_leaves_the_run_open(manifest, tmp_path):
    path, out = manifest({"seed": 0}, {"seed": 1}), tmp_path / "out"
    alone = run_shard(path, str(out), "2/2")
    assert alone.results is None and not (out / "results").exists()
    assert (alone.status.state, alone.status.renders, alone.status.shard) == ("finished", 1, "2/2")
    assert read_status(str(out)).state == "starting", "of the other shard nothing has been heard"

    other = run_shard(path, str(out), "1/2")
    assert other.results and pq.read_table(out / "results").num_rows == 2
    assert read_status(str(out)).state == "finished"


def test_statuses_are_added_up_and_the_worst_is_told():
    silent = datetime.now(UTC) - timedelta(minutes=10)
    parts = [
        status("1/3", "finished", rendered=10, per_minute=3.0),
        status("2/3", "running", rendered=4, left=6, running=2, per_minute=2.0, eta_seconds=180.0, updated_at=silent),
        status("3/3", "running", failed=1, left=9, places=5, per_minute=1.0, eta_seconds=540.0),
    ]
    whole = together(parts, 3)
    assert (whole.state, whole.renders, whole.rendered, whole.failed, whole.left) == ("running", 30, 14, 1, 15)
    assert (whole.running, whole.places, whole.per_minute, whole.eta_seconds) == (2, 5, 3.0, 540.0)
    assert whole.is_silent and [part.is_silent for part in whole.shards] == [False, True, False]
    cells = [str(cell) for column in status_table(whole).columns for cell in column.cells]
    assert "shard 2/3" in cells and any("running: 4 of 10, silent" in cell for cell in cells)

    assert together([status("1/2", "finished"), status("2/2", "stopped")], 2).state == "stopped"
    assert together([status("1/2", "failed"), status("2/2", "stopped")], 2).state == "failed"
    assert together([status("1/2", "finished")], 2).state == "starting"


def test_a_status_that_another_driver_stores_meanwhile_is_not_lost(tmp_path, monkeypatch):
    folder = Folder(str(tmp_path))
    heartbeats = [ShardHeartbeat(folder, Shard(number, 2)) for number in (1, 2)]
    write, late = Folder.write, [status("2/2", "finished", rendered=7)]

    def interrupted(self, path, data):
        if path == "status.json" and late:
            write(self, "shards/2-of-2.json", late.pop().as_json())  # after the sum was made, before it is there
        write(self, path, data)

    monkeypatch.setattr(Folder, "write", interrupted)
    heartbeats[0].write(status("1/2", "finished", rendered=5))
    for heartbeat in heartbeats:
        heartbeat.close()
    assert read_status(str(tmp_path)).rendered == 12
    assert [part.rendered for part in read_shards(folder, 2)] == [5, 7]


def test_the_last_is_who_finds_all_others_done(tmp_path):
    folder = Folder(str(tmp_path))
    first, second = (ShardHeartbeat(folder, Shard(number, 2)) for number in (1, 2))
    first.write(status("1/2", "aggregating"))
    assert not first.is_last()
    second.write(status("2/2", "running"))
    second.flush()
    assert not first.is_last() and second.is_last()
    second.write(status("2/2", "stopped"))
    second.flush()
    assert not first.is_last(), "what was stopped is to be continued"
    for heartbeat in (first, second):
        heartbeat.close()


def test_an_option_that_is_no_shard_is_refused():
    with pytest.raises(ValueError, match="such as 2/8"):
        RunOptions(shard="9/8")
