"""What stands beside ``jobs`` and holds for all of them; what a job says itself wins."""

from __future__ import annotations

from typing import Any

from semstyle.manifest.specs.document import Jobs, SpecJob
from semstyle.manifest.specs.settings import without

SUBJECTS = ("contents", "targets")


def with_shared(job: SpecJob, shared: Jobs) -> SpecJob:
    """Return ``job`` with what is shared.

    A parameter that the job sets is taken out of all that is shared. Its own ``zip``, ``sample``, ``seeds`` and
    ``presets`` come in place of the shared ones, its own images in place of shared images.
    """
    left = without(shared, set(job.names()))
    changed: dict[str, Any] = {
        "fixed": {**left["fixed"], **job.fixed},
        "grid": {**left["grid"], **job.grid},
        "zip": job.zip or left["zip"],
        "when": {**shared_conditions(job, shared), **job.when},
        "exclude": [*(shared.exclude or ()), *(job.exclude or ())] or None,
        "tags": {**shared.tags, **job.tags},
    }
    for key in ("sample", "seeds", "presets"):
        own = getattr(job, key)
        changed[key] = left[key] if own is None else own
    if job.inputs is None:
        changed["styles"] = job.styles or shared.styles
        if all(getattr(job, key) is None for key in SUBJECTS):
            changed.update({key: getattr(shared, key) for key in SUBJECTS})
    return job.model_copy(update=changed)


def shared_conditions(job: SpecJob, shared: Jobs) -> dict[str, str]:
    """Return the shared conditions on parameters that the job, or what it shares, sets at all."""
    set_somewhere = {**shared.names(), **job.names()}
    return {name: condition for name, condition in shared.when.items() if name in set_somewhere}
