"""Output that goes while the run is still at work: somebody moves the folder, or a bucket's rule removes objects."""

from __future__ import annotations

import time
import uuid
from collections import Counter

import pytest
from machines import wait_for
from troubles import slowly
from verdict import ROWS, assert_nothing_lost

from semstyle.farm.output.layout import committed_ids, finished_ids, image_path, record_path
from semstyle.storage import Folder

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

FEWEST = 4
"""Renders that are committed before anything goes."""


def test_a_folder_that_is_moved_away_in_mid_run(cluster, undisturbed, manifest, run, log, survivals, tmp_path):
    path, out, elsewhere = manifest(), tmp_path / "out", tmp_path / "elsewhere"

    def move() -> None:
        wait_for(lambda: len(log.read("attempt committed")) >= FEWEST)
        out.rename(elsewhere)

    summary = run(path, str(out), slowly(0.5), move)

    moved = set(committed_ids(Folder(str(elsewhere))))
    assert len(moved) >= FEWEST
    expected = set(ROWS) - set(finished_ids(Folder(str(out))))
    assert moved <= expected
    assert_told(summary, expected, log)
    assert_all_come_again(run, path, str(out), undisturbed)
    survivals.add("folder moved away", f"{len(moved)} rows with it", len(ROWS), len(ROWS), 0, Counter())


def test_objects_that_are_deleted_from_a_bucket(
    cluster, store, undisturbed, manifest, run, log, survivals, monkeypatch
):
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    path, out = manifest(), f"s3://renders/{uuid.uuid4().hex}"
    gone: set[str] = set()

    def delete() -> None:
        folder = Folder(out)
        wait_for(lambda: len(log.read("attempt committed")) >= FEWEST)
        for number, event in enumerate(log.read("attempt committed")[:FEWEST]):
            render_id = event["render_id"]
            gone.add(render_id)
            for where in [(image_path,), (record_path,), (image_path, record_path)][number % 3]:
                folder.delete(where(render_id))
        time.sleep(0.1)

    summary = run(path, out, slowly(1, store.environment), delete)

    assert_told(summary, gone, log)
    assert_all_come_again(run, path, out, undisturbed, store.environment)
    survivals.add("objects deleted", f"of {len(gone)} rows", len(ROWS), len(ROWS), 0, Counter())


def assert_told(summary, lost, log) -> None:
    assert lost, "nothing was lost, so this shows nothing"
    assert (summary.exit_code, summary.lost, set(summary.status.lost_ids)) == (3, len(lost), lost)
    assert {event["render_id"] for event in log.read("row lost")} == lost


def assert_all_come_again(run, path: str, out: str, undisturbed, environment: dict[str, str] | None = None) -> None:
    again = run(path, out, slowly(0, environment), lambda: None)
    assert (again.exit_code, again.lost) == (0, 0)
    assert_nothing_lost(out, undisturbed)
