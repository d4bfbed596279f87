"""Telling, by Ray's errors, how an attempt has failed."""

from __future__ import annotations

from collections.abc import Callable

import ray.exceptions as ray_errors

from semstyle.farm.attempt import Failed, FailureClass, Started
from semstyle.farm.errors import ClusterLostError, FarmError
from semstyle.storage import redact


def classify(error: Exception, started: Started | None, is_alive: Callable[[str], bool]) -> Failed:
    """Say how an attempt has failed that Ray ended.

    Args:
        started: The attempt's first answer, if it came.
        is_alive: Whether the node of this id is.

    Raises:
        FarmError: when it is no fault of this render and would befall every other one.
    """
    message = redact(lines(error)[0])
    if isinstance(error, ray_errors.NodeDiedError):
        return Failed(FailureClass.NODE, "the node was lost")
    if isinstance(error, ray_errors.OutOfMemoryError):
        return Failed(FailureClass.WORKER, "the node ran low on memory and Ray ended the worker")
    if isinstance(error, ray_errors.WorkerCrashedError):
        if started is not None and not is_alive(started.node):
            return Failed(FailureClass.NODE, "the node was lost")
        return Failed(FailureClass.WORKER, "the worker process died")
    if isinstance(error, ray_errors.RayTaskError) and (started is None or isinstance(error.cause, ImportError)):
        raise FarmError(
            f"workers cannot run semstyle ({redact(lines(error)[-1])}); hand the job its code with "
            "`ray job submit --working-dir .`, or install semstyle on the nodes"
        )
    if isinstance(error, ray_errors.RuntimeEnvSetupError | ray_errors.TaskUnschedulableError):
        raise FarmError(f"Ray cannot start workers: {message}")
    if isinstance(error, ray_errors.LocalRayletDiedError | ray_errors.RaySystemError):
        raise ClusterLostError(f"Ray on this node has died ({message}); run the same command again to continue")
    return Failed(FailureClass.WORKER, f"{type(error).__name__}: {message}")


def lines(error: Exception) -> list[str]:
    return (str(error).strip() or type(error).__name__).splitlines()
