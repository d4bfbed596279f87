"""The head of the cluster that this process has joined, by Ray's own client of it; each process has one anyway."""

from __future__ import annotations

from typing import Any

NAMESPACE = b"semstyle"
"""Under which whatever is ours lies in the head's key-value store."""


def connected_head() -> Any:
    """Return Ray's client of the head, or None where this process has joined no cluster."""
    # The client of `ray.experimental.internal_kv` goes with any `ray.cluster_utils.Cluster` that is shut down.
    from ray._private.worker import global_worker

    return getattr(global_worker, "gcs_client", None)
