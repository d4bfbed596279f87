"""What stops a whole run."""

from __future__ import annotations

from semstyle.engine.errors import SemstyleError


class FarmError(SemstyleError):
    """The run cannot start or go on: no such cluster, no node that fits, workers without semstyle."""
