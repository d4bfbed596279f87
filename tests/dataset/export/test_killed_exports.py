"""An export that is killed at any step leaves nothing that looks like a data set, and is gone on with."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import pytest
from exported_run import bytes_in, finished_run
from programs import run

from semstyle.dataset.export import DatasetFormat

PROGRAM = Path(__file__).with_name("killed_exports.py")
TRIALS = 9


@pytest.mark.parametrize("kind", DatasetFormat)
def test_killed_at_any_step_and_run_again_it_makes_the_same_bytes(kind: DatasetFormat, tmp_path: Path) -> None:
    source = finished_run(tmp_path / "out", 10)
    place = tmp_path / "sets"
    place.mkdir()
    command = [sys.executable, str(PROGRAM), source, str(place), str(kind), str(TRIALS)]
    ended = run(command, tmp_path, PYTHONPATH=str(PROGRAM.parents[1]))
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert len(told) == TRIALS
    reference = bytes_in(place / "reference")
    assert "set/dataset.json" in reference and not any(".semstyle-" in path for path in reference)
    for trial in told:
        assert (trial["killed"], trial["looks_whole"], trial["again"]) == (-signal.SIGKILL, False, 0), trial
        assert bytes_in(place / f"trial-{trial['step']}") == reference, trial
