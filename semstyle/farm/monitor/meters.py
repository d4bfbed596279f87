"""Metrics of a run, which Ray shows to Prometheus on every node's metrics port."""

from __future__ import annotations

from ray.util.metrics import Counter, Gauge, Histogram

from semstyle.farm.attempt import FailureClass
from semstyle.farm.monitor.status import Status

RUN = "run_id"
SECONDS = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0]
STATES = ("skipped", "rendered", "failed", "failed_before", "left", "waiting")
"""The fields of a :class:`Status` that count rows."""


class Meters:
    """The counters and gauges of one run, whose names begin with ``semstyle_``; Ray adds its own prefix, ``ray_``."""

    def __init__(self, run_id: str) -> None:
        self._run = {RUN: run_id}
        self._rows = Gauge("semstyle_rows", "Rows of the manifest by what has become of them.", (RUN, "state"))
        self._attempts = Gauge(
            "semstyle_attempts", "Attempts that workers have begun, and that wait for a place.", (RUN, "state")
        )
        self._places = Gauge("semstyle_places", "Renders that the cluster has room for at once.", (RUN,))
        self._avoided = Gauge("semstyle_avoided_nodes", "Nodes that are sent nothing, as all dies on them.", (RUN,))
        self._paused = Gauge("semstyle_paused", "1 while somebody wants the run to pause, otherwise 0.", (RUN,))
        self._storage_waits = Gauge(
            "semstyle_storage_waits", "1 while something waits for storage that is full or silent, otherwise 0.", (RUN,)
        )
        self._retries = Counter("semstyle_retries", "Attempts that are to be made again, by failure.", (RUN, "class"))
        self._seconds = Histogram(
            "semstyle_render_seconds", "Seconds of a render, loading and storing included.", SECONDS, (RUN,)
        )

    def show(self, status: Status) -> None:
        """Set the gauges to what ``status`` says."""
        for state in STATES:
            self._rows.set(getattr(status, state), {**self._run, "state": state})
        self._attempts.set(status.running, {**self._run, "state": "running"})
        self._attempts.set(status.queued, {**self._run, "state": "queued"})
        self._places.set(status.places, self._run)
        self._avoided.set(len(status.avoided_nodes), self._run)
        self._paused.set(int(status.state == "paused"), self._run)
        self._storage_waits.set(int(status.waits_for_storage), self._run)

    def rendered(self, seconds: float) -> None:
        self._seconds.observe(seconds, self._run)

    def retried(self, kind: FailureClass) -> None:
        self._retries.inc(1, {**self._run, "class": str(kind)})
