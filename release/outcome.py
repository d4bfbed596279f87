"""What came of one check."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """What a check looked at, and what is wrong.

    Attributes:
        told: What it looked at, in a few words, and what it could not do.
        problems: One line each: what is wrong, where, and what to do.
        is_done: False where the check could not be made here, for want of a network for example.
    """

    told: str
    problems: list[str] = field(default_factory=list)
    is_done: bool = True

    @property
    def mark(self) -> str:
        """The word before its line."""
        return "BAD" if self.problems else "ok" if self.is_done else "NOT DONE"

    def lines(self, name: str) -> list[str]:
        """Return its line and those of its problems."""
        return [f"{self.mark:<9} {name}: {self.told}", *(f"{'':<9} - {problem}" for problem in self.problems)]
