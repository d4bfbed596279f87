"""How much the autoscaler can be asked for: it starts nothing at all for a request that its limits do not allow."""

from __future__ import annotations

import time

FIRST_PLACES = 8
FORGET_SECONDS = 300.0
"""After so long a refusal is forgotten: limits change, and other runs end."""


class Ceiling:
    """Finds how many places are granted: it doubles until too many were asked for, then halves the distance.

    Ray's second autoscaler takes a request whole or not at all, and tells no one its limits.
    """

    def __init__(self) -> None:
        self._granted = 0
        self._refused: int | None = None
        self._refused_at = float("-inf")

    @property
    def places(self) -> int:
        """Most places to ask for now."""
        if self._refused is None or time.monotonic() - self._refused_at >= FORGET_SECONDS:
            return max(FIRST_PLACES, 2 * self._granted)
        return max(1, (self._granted + self._refused) // 2)

    @property
    def is_found(self) -> bool:
        """Whether there is nothing more to try now."""
        return self.places == self._granted

    def grant(self, places: int) -> None:
        """Note that so many are allowed."""
        self._granted = max(self._granted, places)
        if self._refused is not None and self._granted >= self._refused:
            self._refused = None

    def refuse(self, places: int) -> None:
        """Note that so many are not allowed."""
        self._refused, self._refused_at = places, time.monotonic()
        if self._granted >= places:
            self._granted = places // 2
