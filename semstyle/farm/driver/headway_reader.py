"""Hearing how far the renders in flight have come."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from dataclasses import replace

from semstyle.farm.monitor.headway import NOTE_SECONDS, Headway, note_key, read_notes, remove_notes
from semstyle.farm.monitor.snapshot import Snapshot
from semstyle.farm.monitor.status import InFlight


class HeadwayReader:
    """Reads workers' notes every two seconds, in a thread, as the head may be slow.

    Only notes of the few flights that are shown are read, and only once these have had time to leave any: a run of
    short renders never asks.
    """

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._notes: dict[str, Headway] = {}
        self._reading: threading.Thread | None = None
        self._read_at = float("-inf")

    def add_to(self, snapshot: Snapshot) -> Snapshot:
        """Return ``snapshot`` with what is known of its flights."""
        keys = {self._key(flight) for flight in snapshot.longest if flight.seconds >= NOTE_SECONDS}
        if keys and time.monotonic() - self._read_at >= NOTE_SECONDS:
            self._read(keys)
        return replace(snapshot, longest=[self._told(flight) for flight in snapshot.longest]) if keys else snapshot

    def close(self) -> None:
        """Read no more, and remove the notes of this run."""
        if self._reading is not None:
            self._reading.join(NOTE_SECONDS)
            remove_notes(self._run_id)

    def _read(self, keys: Collection[str]) -> None:
        if self._reading is not None and self._reading.is_alive():
            return
        self._read_at = time.monotonic()
        self._reading = threading.Thread(target=self._take, args=(keys,), name="headway", daemon=True)
        self._reading.start()

    def _take(self, keys: Collection[str]) -> None:
        self._notes = read_notes(keys)

    def _told(self, flight: InFlight) -> InFlight:
        note = self._notes.get(self._key(flight))
        headway = note.of(flight.render_id) if note else None
        if headway is None:  # the note is of the process's render before this one
            return flight
        return flight.model_copy(update=headway.model_dump(exclude={"render_id", "beside"}))

    def _key(self, flight: InFlight) -> str:
        return note_key(self._run_id, flight.node, flight.pid)
