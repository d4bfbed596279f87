"""What the runs on one cluster ask for: each leaves its part with the head, and asks for all parts together.

The autoscaler knows one request, that of whoever asked last, and keeps it when its driver has gone. The parts lie in
the key-value store of Ray's head, as notes of renders do (:mod:`semstyle.farm.monitor.headway`).
"""

from __future__ import annotations

import time
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from semstyle.farm.connected_head import NAMESPACE
from semstyle.farm.demand import Demand
from semstyle.farm.driver.autoscaling.worth import MOST_PLACES
from semstyle.farm.monitor.headway import ANSWER_SECONDS

FRESH_SECONDS = 60.0
"""For how long a part counts that its driver does not renew; a driver that was killed never does."""
PREFIX = b"asked/"


class AskedPlaces(BaseModel):
    """What one run asks for.

    Attributes:
        beat: How often its driver has renewed it. No clock of another machine is relied on.
    """

    beat: int = Field(ge=0)
    gpus: float = Field(ge=0, le=64)
    cpus: float = Field(gt=0, le=1024)
    places: int = Field(ge=0, le=MOST_PLACES)

    @property
    def demand(self) -> Demand:
        return Demand(self.gpus, self.cpus)


class AskedByAll:
    """The parts of all runs on the cluster; whatever Ray's store raises is passed on.

    Args:
        head: Ray's client of the head's store.
    """

    def __init__(self, head: Any, run_id: str) -> None:
        self._head, self._key = head, PREFIX + run_id.encode()
        self._beat = 0
        self._seen: dict[bytes, tuple[int, float]] = {}

    def leave(self, demand: Demand, places: int) -> None:
        """Leave this run's part, or renew it."""
        self._beat += 1
        part = AskedPlaces(beat=self._beat, gpus=demand.gpus, cpus=demand.cpus, places=places)
        self._head.internal_kv_put(self._key, part.model_dump_json().encode(), True, NAMESPACE, ANSWER_SECONDS)

    def take_back(self) -> None:
        """Remove this run's part."""
        self._delete(self._key)

    def others(self) -> list[AskedPlaces]:
        """Return the other runs' parts; one that was not renewed for ``FRESH_SECONDS`` is removed."""
        keys = self._head.internal_kv_keys(PREFIX, NAMESPACE, ANSWER_SECONDS)
        found = self._head.internal_kv_multi_get([key for key in keys if key != self._key], NAMESPACE, ANSWER_SECONDS)
        self._seen = {key: seen for key, seen in self._seen.items() if key in found}
        parts = {key: part for key, content in found.items() if (part := read(content)) is not None}
        return [part for key, part in parts.items() if self._is_fresh(key, part)]

    def _is_fresh(self, key: bytes, part: AskedPlaces) -> bool:
        now = time.monotonic()
        beat, since = self._seen.get(key, (-1, now))
        self._seen[key] = (part.beat, since if beat == part.beat else now)
        if beat != part.beat or now - since < FRESH_SECONDS:
            return True
        self._delete(key)
        return False

    def _delete(self, key: bytes) -> None:
        self._head.internal_kv_del(key, False, NAMESPACE, ANSWER_SECONDS)


def read(content: bytes) -> AskedPlaces | None:
    """Return the part that another driver has left, or None when it cannot be read; it may be another version's."""
    try:
        return AskedPlaces.model_validate_json(content)
    except ValidationError:
        return None
