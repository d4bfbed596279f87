"""Errors that stop a whole run."""

from __future__ import annotations

from semstyle.errors import SemstyleError
from semstyle.storage import one_line


class FarmError(SemstyleError):
    """The run cannot start or go on: no such cluster, no node that fits, workers without semstyle."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class RayNotStartedError(FarmError):
    """No Ray started on this machine, for no fault of what was asked for."""

    exit_code = 1


class GpuError(FarmError):
    """The GPU that a worker was given cannot be used by torch as it is installed there, whatever the render."""

    exit_code = 1


class ClusterLostError(FarmError):
    """The cluster has gone from under the run; the same command continues it on another."""

    exit_code = 1
