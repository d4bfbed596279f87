"""Keeping what is worth a look in a run: its slowest renders, its last failures, its first remark and lost renders."""

from __future__ import annotations

import heapq
from collections import deque
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field

from semstyle.farm.attempt import Failed, FailureClass

KEPT = 5
MOST_LOST = 100


class SlowRender(BaseModel):
    """A render of this run that took long, loading and storing included."""

    render_id: str
    seconds: float


class LastFailure(BaseModel):
    """A row that was put into quarantine lately; ``failures/`` says more."""

    model_config = ConfigDict(validate_by_name=True)

    render_id: str
    failure_class: FailureClass = Field(validation_alias="class", serialization_alias="class")
    message: str
    failed_at: datetime


class Highlights:
    """Keeps the few renders and failures that are shown, whatever the number of rows."""

    def __init__(self) -> None:
        self._slowest: list[tuple[float, str]] = []
        self._failures: deque[LastFailure] = deque(maxlen=KEPT)
        self.lost: list[str] = []
        """Ids of the first renders that are gone."""
        self.remarked = 0
        """How many renders have remarks."""
        self.first_remark: str | None = None

    def rendered(self, render_id: str, seconds: float) -> None:
        push = heapq.heappush if len(self._slowest) < KEPT else heapq.heappushpop
        push(self._slowest, (round(seconds, 3), render_id))

    def is_remarked(self, render_id: str, remark: str) -> None:
        self.remarked += 1
        self.first_remark = self.first_remark or f"{render_id}: {remark}"

    def failed(self, render_id: str, failed: Failed) -> None:
        self._failures.append(
            LastFailure(
                render_id=render_id, failure_class=failed.kind, message=failed.message, failed_at=datetime.now(UTC)
            )
        )

    def is_lost(self, render_id: str) -> None:
        if len(self.lost) < MOST_LOST:
            self.lost.append(render_id)

    @property
    def slowest(self) -> list[SlowRender]:
        """The slowest renders, the slowest of all first."""
        return [SlowRender(render_id=name, seconds=seconds) for seconds, name in sorted(self._slowest, reverse=True)]

    @property
    def last_failures(self) -> list[LastFailure]:
        """The last failures, the latest first."""
        return list(reversed(self._failures))
