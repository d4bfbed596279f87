"""The status of one shard of a run."""

from __future__ import annotations

from datetime import UTC, datetime

from semstyle.farm.monitor.status import Status


def status(shard: str, state: str, **values) -> Status:
    counts = dict.fromkeys(("duplicates", "skipped", "rendered", "failed", "failed_before", "retries", "left"), 0)
    now = datetime.now(UTC)
    given = {"run_id": f"run{shard[0]}", "manifest": "m", "renders": 10, "started_at": now, "updated_at": now, **counts}
    return Status(**{**given, "shard": shard, "state": state, **values})
