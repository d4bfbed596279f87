"""``status.json``: how a run is doing, rewritten every few seconds."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ValidationError

from semstyle.farm.errors import FarmError
from semstyle.farm.monitor.highlights import LastFailure, SlowRender
from semstyle.farm.output.layout import STATUS
from semstyle.farm.output.lost_renders import Lost
from semstyle.storage import Folder, MissingObjectError, StorageError

HEARTBEAT_SECONDS = 3.0
SILENCE_SECONDS = 60.0
"""When its heartbeat is older than this, the driver is taken for dead."""

State = Literal["starting", "running", "paused", "stopping", "aggregating", "finished", "stopped", "failed"]
ENDED = {"finished", "stopped", "failed"}


class InFlight(BaseModel):
    """One attempt that a worker has begun.

    Attributes:
        phase: The phase that it is in, of so many ``phases``; None, like all that follows, while its worker has not
            told: in its first seconds, and in a batch whose turn to be rendered has not come. See
            :class:`semstyle.farm.monitor.headway.Headway`.
    """

    render_id: str
    attempt: int
    node: str
    pid: int
    seconds: float
    phase: int | None = None
    phases: int | None = None
    evaluation: int | None = None
    evaluations: int | None = None
    loss: float | None = None
    losses: dict[str, float] = {}


class NodeAtWork(BaseModel):
    """A node, where it is as its cluster says, and how many attempts it has begun."""

    node: str
    address: str
    running: int


class AvoidedNode(BaseModel):
    """A node that is sent nothing, as whatever is tried on it dies.

    Attributes:
        address: Where it is, as its cluster says.
        until: When it is tried again.
    """

    node: str
    address: str
    reason: str
    until: datetime

    def __str__(self) -> str:
        return f"avoiding node {self.address} ({self.node[:8]}) until {self.until:%H:%M:%S} UTC: {self.reason}"


class Status(BaseModel):
    """How a run is doing; for its counts see :class:`semstyle.farm.rows.plan.Tally`.

    Attributes:
        renders: How many renders the manifest asks for.
        left: How many of those are neither rendered nor failed.
        lost: How many were committed and are gone by the end of the run; ``lost_ids`` has the first hundred.
        running: How many attempts workers have begun; ``in_flight`` shows the longest of them.
        queued: How many attempts Ray has no place for yet.
        waiting: How many rows wait to be tried again.
        per_minute: Renders a minute since the first attempt began.
        eta_seconds: Seconds until nothing is left: what the rest is estimated to take, at the pace so far.
        nodes: Where the attempts run that workers have begun: the nodes with the most of them.
        avoided_nodes: The nodes that are sent nothing now, or were when the run ended, and why.
        waits_for_storage: Whether something waits for storage that is full or does not answer, as ``last_error`` says.
        slowest: The slowest renders that this run has committed.
        remarked: How many of its renders have remarks, as on maps that do not fit; ``first_remark`` begins with its id.
        last_failures: The last rows that this run has put into quarantine.
        shard: Which part of the manifest's rows this is about, such as ``2/8``; None for all.
        shards: The status of each driver when several share a manifest.
    """

    run_id: str
    state: State
    manifest: str
    renders: int
    duplicates: int
    skipped: int
    rendered: int
    failed: int
    failed_before: int
    retries: int
    left: int
    lost: int = 0
    lost_ids: list[str] = []
    running: int = 0
    queued: int = 0
    waiting: int = 0
    places: int = 0
    per_minute: float | None = None
    eta_seconds: float | None = None
    nodes: list[NodeAtWork] = []
    avoided_nodes: list[AvoidedNode] = []
    waits_for_storage: bool = False
    in_flight: list[InFlight] = []
    slowest: list[SlowRender] = []
    last_error: str | None = None
    last_failures: list[LastFailure] = []
    remarked: int = 0
    first_remark: str | None = None
    shard: str | None = None
    shards: list[Status] = []
    started_at: datetime
    updated_at: datetime

    @property
    def done(self) -> int:
        """How many renders need no more work: those committed or in quarantine."""
        return self.skipped + self.rendered - self.lost + self.failed + self.failed_before

    def as_json(self) -> bytes:
        return self.model_dump_json(indent=2, by_alias=True).encode()

    @property
    def is_silent(self) -> bool:
        """Whether the driver has stopped writing without saying so, or one of two clocks is wrong.

        A heartbeat from the future is no sign of life either: a clock has been put back since.
        """
        age = (datetime.now(UTC) - self.updated_at).total_seconds()
        return self.state not in ENDED and abs(age) > SILENCE_SECONDS


class Heartbeat:
    """Writes a run's status from a thread of its own, so that slow storage does not hold up the run.

    Attributes:
        shard: Which part of the manifest the status is about, such as ``2/8``; None for all.
    """

    shard: str | None = None

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="heartbeat")
        self._writing: Future[None] | None = None
        self._written_at = float("-inf")

    @property
    def is_due(self) -> bool:
        idle = self._writing is None or self._writing.done()
        return idle and time.monotonic() - self._written_at >= HEARTBEAT_SECONDS

    def write(self, status: Status) -> None:
        """Write ``status`` soon; one that cannot be written is skipped, as another follows."""
        self._written_at = time.monotonic()
        self._writing = self._writer.submit(self._store, status)

    def flush(self) -> None:
        """Wait until the last status is written."""
        if self._writing is not None:
            self._writing.result()

    def lost_elsewhere(self) -> Lost:
        """Return the renders that other drivers of the same manifest have lost."""
        return Lost()

    def is_last(self) -> bool:
        """Whether no other driver of the same manifest is still at work."""
        return True

    def close(self) -> None:
        """Wait until the last status is written, and write no more."""
        self._writer.shutdown(wait=True)

    def _store(self, status: Status) -> None:
        try:
            self._write(status)
        except StorageError:
            return

    def _write(self, status: Status) -> None:
        self._folder.write(STATUS, status.as_json())


def read_status(out_uri: str) -> Status:
    """Read the last status of the run in ``out_uri``.

    Raises:
        FarmError: when there is no run.
        StorageError: when storage cannot be read.
    """
    folder = Folder(out_uri)
    try:
        return Status.model_validate_json(folder.read(STATUS))
    except MissingObjectError:
        raise FarmError(f"{folder.uri}: no run here ({STATUS} is missing); start one with `semstyle run`") from None
    except ValidationError:
        raise FarmError(
            f"{folder.location(STATUS)}: this is not a status of semstyle's; name the folder of a run"
        ) from None
