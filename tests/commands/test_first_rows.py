"""Five rows first: ``semstyle run --dry-run`` and ``--limit``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from programs import run, semstyle

from semstyle.manifest.schema import written_schema

SMALL = {"size": 32, "phases": 1, "iterations": 2}


@pytest.fixture
def manifest(tmp_path: Path, pictures: Path) -> Callable[[], str]:
    """Writes six rows, the third of them invalid, the sixth the first once more."""

    def write() -> str:
        rows = [{"style": str(pictures / "style.png"), "seed": seed, **SMALL} for seed in (0, 1, 2, 3, 4, 0)]
        rows[2]["size"] = -1
        path = tmp_path / "manifest.parquet"
        pq.write_table(pa.Table.from_pylist(rows, written_schema(set(rows[0]))), path)
        return str(path)

    return write


def test_a_dry_run_tells_and_writes_nothing(manifest: Callable[[], str], tmp_path: Path) -> None:
    path = manifest()
    ended = run(semstyle("run", path, "-o", "out", "--dry-run"), tmp_path)
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("would render 4 of 6 rows into ")
    assert lines[0].endswith("(0 there before, 0 failed before, 1 invalid)")
    assert re.fullmatch(r"about \d+ seconds of one CPU; `semstyle plan` says more", lines[1])
    assert len(lines) == 7 and "row 3, column size" in lines[-1]
    assert not (tmp_path / "out").exists()


def test_a_few_first_and_then_the_others(manifest: Callable[[], str], tmp_path: Path) -> None:
    path = manifest()
    one = run(semstyle("run", path, "-o", "out", "--limit", "2"), tmp_path)
    assert one.returncode == 0, one.stderr
    assert "2 rendered, 0 there before, 0 failed" in one.stdout
    assert "ended by --limit 2; the same command without it goes on" in one.stdout
    assert json.loads((tmp_path / "out/status.json").read_text())["state"] == "finished"
    assert pq.read_table(tmp_path / "out/results")["seed"].to_pylist() in ([0, 1], [1, 0])

    dry = run(semstyle("run", path, "-o", "out", "--dry-run", "--json"), tmp_path)
    found = json.loads(dry.stdout)
    assert (found["to_render"], found["skipped"], found["invalid"], found["duplicates"]) == (2, 2, 1, 1)
    assert found["cpu_seconds"] > 0

    rest = run(semstyle("run", path, "-o", "out"), tmp_path)
    assert rest.returncode == 3 and "2 rendered, 2 there before, 1 failed" in rest.stdout
    assert sorted(pq.read_table(tmp_path / "out/results")["seed"].to_pylist()) == [0, 1, 3, 4]


def test_a_limit_of_none_is_refused(manifest: Callable[[], str], tmp_path: Path) -> None:
    ended = run(semstyle("run", manifest(), "-o", "out", "--limit", "0"), tmp_path)
    assert ended.returncode == 2 and "--limit" in ended.stderr
