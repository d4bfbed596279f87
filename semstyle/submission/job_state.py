"""What a cluster's head says of a job."""

from __future__ import annotations

from dataclasses import dataclass

OVER = {"STOPPED", "SUCCEEDED", "FAILED"}
GONE = "GONE"


@dataclass(frozen=True)
class JobState:
    """A job as Ray sees it, which is not how its run went: Ray takes a job that was stopped for a success.

    Attributes:
        name: PENDING, RUNNING, STOPPED, SUCCEEDED, FAILED; GONE when the head does not know the job any more.
        message: Ray's explanation, without the lines of the log that may follow it.
        exit_code: The command's exit code, if Ray knows it.
    """

    name: str
    message: str = ""
    exit_code: int | None = None

    @property
    def is_over(self) -> bool:
        return self.name in OVER or self.name == GONE
