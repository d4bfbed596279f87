"""A measured number and the target that it should meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One line of a benchmark.

    Attributes:
        target: The smallest or largest value that ``value`` should have; None when nothing was promised.
        at_most: Whether the target is an upper bound.
        note: What the value is compared with, or how it was measured.
    """

    name: str
    value: float
    unit: str
    target: float | None = None
    at_most: bool = True
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None without a target."""
        if self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target

    @property
    def promise(self) -> str:
        """The target as text, empty without one."""
        if self.target is None:
            return ""
        return f"{'≤' if self.at_most else '≥'} {self.target:,.4g}: {'met' if self.is_met else 'missed'}"

    def as_dict(self) -> dict[str, Any]:
        return {**vars(self), "is_met": self.is_met}
