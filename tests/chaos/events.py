"""A run seen from outside, through the log of its events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ENDS = {"attempt committed", "attempt failed"}


class Events:
    """The lines of a ``--log`` file that may still be growing."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, event: str | None = None) -> list[dict[str, Any]]:
        """Those of one kind, or all."""
        text = self.path.read_text() if self.path.exists() else ""
        lines = text[: text.rfind("\n") + 1].splitlines()  # the last one may be half written
        events = [json.loads(line) for line in lines]
        return [found for found in events if event is None or found["event"] == event]

    def in_flight(self) -> list[dict[str, Any]]:
        """The attempts that workers are at, as their ``attempt started``."""
        flying: dict[str, dict[str, Any]] = {}
        for event in self.read():
            if event["event"] == "attempt started":
                flying[event["render_id"]] = event
            elif event["event"] in ENDS:
                flying.pop(event["render_id"], None)
        return list(flying.values())
