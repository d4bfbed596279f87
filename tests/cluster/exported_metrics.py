"""The metrics that a run exports, asked of the code itself: names for Prometheus, labels and their values."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from semstyle.farm.attempt import FailureClass
from semstyle.farm.monitor import meters

PREFIX = "ray_"
SUFFIXES = {"Gauge": [""], "Counter": ["_total"], "Histogram": ["_bucket", "_count", "_sum"]}
BUCKET_LIMIT = "le"
STATES = {"semstyle_rows": set(meters.STATES), "semstyle_attempts": {"running", "queued"}}
FAILURES = {str(kind) for kind in FailureClass}


@dataclass(frozen=True)
class Exported:
    """A metric as it is defined.

    Attributes:
        kind: ``Gauge``, ``Counter`` or ``Histogram``.
        labels: Label → the values that it may have; None where any may be.
    """

    name: str
    kind: str
    meaning: str
    labels: dict[str, set[str] | None]

    @property
    def series(self) -> list[str]:
        """Its names on a metrics port."""
        return [f"{PREFIX}{self.name}{suffix}" for suffix in SUFFIXES[self.kind]]


def exported(monkeypatch: pytest.MonkeyPatch) -> list[Exported]:
    """Return what :class:`semstyle.farm.monitor.meters.Meters` defines."""
    found: list[Exported] = []

    def noting(kind: str) -> object:
        def define(name: str, meaning: str, *rest: object) -> object:
            labels = rest[-1]
            assert isinstance(labels, tuple)
            known = {"state": STATES.get(name), "class": FAILURES}
            found.append(Exported(name, kind, meaning, {label: known.get(label) for label in labels}))
            return object()

        return define

    for kind in SUFFIXES:
        monkeypatch.setattr(meters, kind, noting(kind))
    meters.Meters("run")
    return found
