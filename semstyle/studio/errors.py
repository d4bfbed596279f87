"""What the studio refuses, with the HTTP status that says so."""

from __future__ import annotations

from semstyle.errors import SemstyleError


class StudioError(SemstyleError):
    """Something that the studio cannot do as it was asked.

    Attributes:
        status: The HTTP status of the answer.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class UnknownItemError(StudioError):
    """There is no such session, picture or render."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"there is no such {kind}; it may have been removed in another tab", 404)
