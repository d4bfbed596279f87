"""A store that is gone, or full, for a while."""

from __future__ import annotations

import os
import time
import uuid

import pytest
from machines import wait_for
from seaweedfs import Seaweedfs
from troubles import slowly
from verdict import ROWS, assert_nothing_lost

from semstyle.storage import Folder, StorageError

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

OUTAGE_SECONDS = 20
FULL = {"master.volumeSizeLimitMB": 1, "volume.max": 8}
BALLAST_BYTES = 2**20


def test_a_store_that_is_stopped(cluster, store, undisturbed, manifest, run, log, survivals, monkeypatch):
    out = use(store, monkeypatch)

    def stop() -> None:
        wait_for(lambda: log.read("attempt committed"))
        store.kill()
        time.sleep(OUTAGE_SECONDS)
        store.start()

    summary = run(manifest(), out, slowly(0.5, store.environment), stop)

    assert summary.exit_code == 0
    outcomes = assert_nothing_lost(out, undisturbed)
    assert set(outcomes) <= {"storage"}
    (outage,) = log.read("storage back")
    assert outage["seconds"] > OUTAGE_SECONDS / 2, "nothing asked for the store while it was away"
    survivals.add("store stopped", f"{OUTAGE_SECONDS} s", len(ROWS), len(ROWS), 0, outcomes)


def test_a_store_that_is_full(cluster, undisturbed, manifest, run, log, survivals, monkeypatch, tmp_path):
    folder = tmp_path / "full"
    folder.mkdir()
    store = Seaweedfs(folder, **FULL)
    store.start()
    try:
        out = use(store, monkeypatch)

        def fill_then_make_room() -> None:
            wait_for(lambda: log.read("attempt committed"))
            assert fill(Folder(f"s3://renders/{uuid.uuid4().hex}")) > 0
            wait_for(lambda: log.read("storage lost"))
            store.kill()
            store.options["volume.max"] = 100
            store.start()

        summary = run(manifest(), out, slowly(2, store.environment), fill_then_make_room)

        assert summary.exit_code == 0
        outcomes = assert_nothing_lost(out, undisturbed)
        assert outcomes["storage"] >= 1
        survivals.add("store full", "until it has more room", len(ROWS), len(ROWS), 0, outcomes)
    finally:
        store.kill()


def use(store: Seaweedfs, monkeypatch: pytest.MonkeyPatch) -> str:
    """Point this process to ``store``; returns an output folder in it."""
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://renders/{uuid.uuid4().hex}"


def fill(folder: Folder) -> int:
    """Write until the store takes no more, without its usual patience; returns how many objects it took."""
    for count in range(1000):
        try:
            folder.filesystem.pipe_file(folder.path(f"ballast{count}"), os.urandom(BALLAST_BYTES))
        except (OSError, StorageError):
            return count
    raise AssertionError("it is never full")
