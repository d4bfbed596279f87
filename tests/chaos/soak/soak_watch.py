"""Looking at a soak from outside, again and again: its processes, its status and its bucket."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from lives import Lives
from machines import Machines, processes
from soak_driver import Drivers
from soak_store import Bucket
from status_truth import Seen, Story

from semstyle.farm.monitor.status import Status

LOOK_SECONDS = 0.5
STATUS_SECONDS = 1.0
SAMPLE_SECONDS = 2.0
LISTING_SECONDS = 5.0
MOST_LISTING = 0.05
"""Listing takes no more than this share of the time, however many objects there are."""


class Watch:
    """Looks from a thread of its own, so that nothing that is done to the run keeps it from being seen.

    Args:
        store: The process of the S3 server.

    Attributes:
        lives: Samples of every process.
        troubles: Looks that went wrong, each with its reason.
    """

    def __init__(self, machines: Machines, drivers: Drivers, bucket: Bucket, story: Story, store: int) -> None:
        self._machines, self._drivers, self._bucket, self._story = machines, drivers, bucket, story
        self._store = store
        self._due = dict.fromkeys(("status", "sample", "listing"), 0.0)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look_until_over, name="watch", daemon=True)
        self.lives = Lives()
        self.troubles: list[str] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join()

    def _look_until_over(self) -> None:
        while not self._is_over.wait(LOOK_SECONDS):
            for events in list(self._drivers.events):
                events.look()
            self._when_due("status", STATUS_SECONDS, self.see_status)
            self._when_due("sample", SAMPLE_SECONDS, self._sample)
            self._when_due("listing", LISTING_SECONDS, self.list_bucket)

    def _when_due(self, name: str, seconds: float, look: Callable[[], None]) -> None:
        begun = time.monotonic()
        if begun < self._due[name]:
            return
        try:
            look()
        except Exception as error:
            self.troubles.append(f"{name}: {type(error).__name__}: {error}")
        ended = time.monotonic()
        self._due[name] = max(begun + seconds, ended + (ended - begun) / MOST_LISTING)

    def see_status(self) -> None:
        at = time.time()
        content = self._bucket.read("status.json")
        if content is None:
            return
        status = Status.model_validate_json(content)
        self._story.seen.append(Seen(at, status, status.is_silent))

    def list_bucket(self) -> None:
        self._story.listings.append(self._bucket.listing())

    def _sample(self) -> None:
        settled = self._drivers.settled
        if (driver := self._drivers.pid) is not None:
            self.lives.look("driver", driver, self._drivers.events[-1].settled)
            for child in children(driver):
                if b"semstyle.report.live" in command_of(child):
                    self.lives.look("report", child, settled)
        workers = self._machines.workers()
        for pid, renders in list(self._drivers.events[-1].committed.items()) if self._drivers.events else ():
            if pid in workers:
                self.lives.look("worker", pid, renders)
        for raylet in self._machines.raylets():
            self.lives.look("raylet", raylet, settled)
        self.lives.look("gcs", self._machines.gcs, settled)
        self.lives.look("store", self._store, settled)
        self.lives.look("soak", os.getpid(), settled)


def children(pid: int) -> list[int]:
    return [child for child, parent in processes() if parent == pid]


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
