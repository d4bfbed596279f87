"""A night that is killed at any step leaves ``latest`` on a whole night, and is gone on with to the same end."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from nights_at_work import FIRST, SECOND, write_spec
from programs import environment

PROGRAM = Path(__file__).with_name("killed_nights.py")
PATIENCE = 2400
"""Some sixty steps, and for each two nights."""


@pytest.mark.timeout(PATIENCE)
@pytest.mark.parametrize("trials", ["6", pytest.param("all", marks=pytest.mark.chaos)])
def test_killed_at_any_step_and_gone_on_with_it_ends_as_if_nothing_had_been(
    trials: str, pictures: Path, tmp_path: Path
) -> None:
    spec = write_spec(tmp_path / "spec", pictures)
    place = tmp_path / "place"
    place.mkdir()
    command = [sys.executable, str(PROGRAM), str(place), spec, trials]
    ended = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(PROGRAM.parents[1])),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    reference = data_set(place / "reference")
    assert len(told) >= 6 and "dataset.json" in reference
    for trial in told:
        assert trial["killed"] == -signal.SIGKILL and trial["sound"] and trial["again"] == 0, trial
        root = place / f"trial-{trial['step']}"
        assert data_set(root) == reference, trial
        assert json.loads((root / "latest").read_text())["night"] == str(SECOND)
        assert not (root / str(FIRST)).exists(), trial
        assert not list((root / str(SECOND)).glob(".dataset*")), trial


def data_set(root: Path) -> dict[str, str]:
    folder = root / str(SECOND) / "dataset"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
