"""A disk that is full for driver and workers alike, in the middle of a run."""

from __future__ import annotations

import time

import pytest
from machines import wait_for
from small_disk import small_disk
from troubles import slowly
from verdict import ROWS, assert_nothing_lost

from semstyle.farm import read_status

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

FULL_SECONDS = 15


def test_the_disk_of_the_output_folder_is_full_for_a_while(
    cluster, undisturbed, manifest, run, log, survivals, tmp_path
):
    with small_disk(tmp_path / "disk", 16) as disk:
        out = str(disk.folder / "out")

        def fill_for_a_while() -> None:
            wait_for(lambda: log.read("attempt committed"))
            disk.fill()
            wait_for(lambda: log.read("storage awaited"))
            time.sleep(FULL_SECONDS)
            disk.make_room()

        summary = run(manifest(), out, slowly(0.5), fill_for_a_while)

        assert summary.exit_code == 0
        outcomes = assert_nothing_lost(out, undisturbed)
        assert set(outcomes) <= {"storage"} and read_status(out).state == "finished"
        (awaited,) = log.read("storage awaited")
        assert "disk is full" in awaited["message"]
        survivals.add("disk full for all", f"{FULL_SECONDS} s", len(ROWS), len(ROWS), 0, outcomes)
