"""What can keep a job from being handed over or followed."""

from __future__ import annotations

from semstyle.errors import SemstyleError
from semstyle.storage import one_line


class SubmissionError(SemstyleError):
    """The job cannot be handed over as it was asked for."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class HeadSilentError(SubmissionError):
    """The cluster's head does not answer, or not now; asking again may help."""
