"""Renders that hang, crash their worker or want more memory than there is, once and for ever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from machines import wait_for
from troubles import perform_on_full_disk, troubled
from verdict import ROWS, assert_nothing_lost

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

ONCE = {"row01": "hang", "row03": "segfault", "row05": "memory"}
ALWAYS = {"hangs": "hang always", "crashes": "segfault always", "exhausts": "memory always"}


def test_hangs_segfaults_and_exhausted_memory(cluster, undisturbed, manifest, run, log, survivals, tmp_path):
    out = tmp_path / "out"
    path = manifest({**ONCE, **ALWAYS}, more=list(ALWAYS))

    summary = run(path, str(out), troubled, lambda: None, timeout=20, max_attempts=2)

    assert summary.exit_code == 3
    outcomes = assert_nothing_lost(str(out), undisturbed, quarantined=ALWAYS, rows=[*ROWS, *ALWAYS])
    assert outcomes == {"time": 1, "worker": 2}
    failures = {name: json.loads((out / "failures" / f"{name}.json").read_text()) for name in ALWAYS}
    assert {name: failure["class"] for name, failure in failures.items()} == {
        "hangs": "time",
        "crashes": "worker",
        "exhausts": "worker",
    }
    assert "memory" in failures["exhausts"]["message"].lower()
    assert all(len(failure["attempts"]) == 2 for failure in failures.values())
    assert all(attempt["node"] and attempt["pid"] for failure in failures.values() for attempt in failure["attempts"])
    injected = f"{len(log.read('attempt failed'))} attempts"
    rows = len(ROWS) + len(ALWAYS)
    survivals.add("hang, segfault, no memory", injected, rows, summary.status.rendered, summary.status.failed, outcomes)


def test_a_disk_that_is_full_for_a_while(cluster, undisturbed, manifest, run, log, survivals, tmp_path):
    out, mark = tmp_path / "out", tmp_path / "disk is full"
    mark.touch()

    def make_room() -> None:
        wait_for(lambda: len(log.read("attempt failed")) >= 3)
        mark.unlink()

    summary = run(manifest(), str(out), perform_on_full_disk(str(mark)), make_room)

    assert summary.exit_code == 0
    outcomes = assert_nothing_lost(str(out), undisturbed)
    assert set(outcomes) == {"storage"}
    assert not list(Path(out).rglob(".semstyle-*")), "half-written files were left"
    survivals.add("disk full", f"{sum(outcomes.values())} writes refused", len(ROWS), len(ROWS), 0, outcomes)
