"""What the logs of a soak's drivers say, counted as they grow."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path


class EventCounts:
    """Counts the lines of one driver's ``--log`` that have come since the last look.

    Attributes:
        committed: Renders by the process that made them.
        settled: Rows that this driver has committed or given up.
        failed_attempts: Attempts that failed, by class.
        begun: Processes that have begun an attempt.
        in_flight: Render id → the process that is at it.
        events: Events by name.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._position = path, 0
        self.committed: Counter[int] = Counter()
        self.settled = 0
        self.failed_attempts: Counter[str] = Counter()
        self.begun: dict[int, None] = {}
        self.in_flight: dict[str, int] = {}
        self.events: Counter[str] = Counter()

    def look(self) -> None:
        """Count what is new; a line that is half written is left for the next time."""
        if not self._path.exists():
            return
        with self._path.open("rb") as log:
            log.seek(self._position)
            content = log.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._position += len(whole)
        for line in whole.splitlines():
            self._count(json.loads(line))

    def _count(self, event: dict[str, object]) -> None:
        name, render_id, pid = str(event["event"]), str(event.get("render_id")), event.get("pid")
        self.events[name] += 1
        if name == "attempt started" and isinstance(pid, int):
            self.begun[pid] = None
            self.in_flight[render_id] = pid
        elif name in {"attempt committed", "attempt failed"}:
            self.in_flight.pop(render_id, None)
        if name == "attempt committed" and isinstance(pid, int):
            self.committed[pid] += 1
        elif name == "attempt failed":
            self.failed_attempts[str(event["class"])] += 1
        self.settled += name in {"attempt committed", "row quarantined"}
