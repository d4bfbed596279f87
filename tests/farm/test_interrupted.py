"""Runs that are killed or stopped half way, and continued by the same command."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from programs import semstyle, start, wait_until

from semstyle.farm import RunOptions, run_manifest, verify

ROWS = 30
LONG = {"iterations": 60}  # so that the run is still going when its first record is there


def records(out: Path) -> dict[str, dict]:
    return {path.stem: pq.read_table(path).to_pylist()[0] for path in (out / "records").glob("*.parquet")}


def first_record_is_there(out: Path) -> bool:
    return any((out / "records").glob("*.parquet"))


@pytest.mark.usefixtures("cluster")
def test_after_ctrl_c_and_after_kill_9_only_what_is_missing_is_rendered(manifest, tmp_path):
    path = manifest(*({"seed": seed, **LONG} for seed in range(ROWS)))
    out = tmp_path / "out"
    command = semstyle("run", path, "-o", str(out), "--cpus-per-render", "1", "--grace", "1")

    stopped = start(command, tmp_path)
    wait_until(lambda: first_record_is_there(out), stopped)
    os.killpg(stopped.pid, signal.SIGINT)  # as a terminal does: the whole group, Ray's processes too
    output, _ = stopped.communicate(timeout=60)
    assert stopped.returncode == 130, output
    assert json.loads((out / "status.json").read_text())["state"] == "stopped"
    assert "the same command continues" in output
    after_stop = records(out)
    assert 0 < len(after_stop) < ROWS

    killed = start(command, tmp_path)
    wait_until(lambda: len(list((out / "records").glob("*.parquet"))) > len(after_stop), killed)
    killed.kill()
    killed.communicate(timeout=60)
    after_kill = records(out)
    assert len(after_stop) < len(after_kill) < ROWS
    assert after_stop.items() <= after_kill.items()

    finished = run_manifest(path, str(out), RunOptions(cpus_per_render=1))
    assert finished.exit_code == 0
    # Workers may commit one more each before they notice that their driver was killed.
    assert len(after_kill) <= finished.status.skipped < ROWS
    assert finished.status.rendered == ROWS - finished.status.skipped
    after_all = records(out)
    assert len(after_all) == ROWS
    assert after_kill.items() <= after_all.items()
    assert len({record["run_id"] for record in after_all.values()}) == 3
    assert pq.read_table(out / "results").num_rows == ROWS
    assert verify(str(out)).is_good
