"""What the process that renders says, and what pages are told of renders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

RenderState = Literal["waiting", "running", "submitted", "finished", "failed", "cancelled"]
RenderKind = Literal["preview", "picture"]
ENDED = {"finished", "failed", "cancelled"}


@dataclass(frozen=True)
class Advance:
    """How far a render is.

    Attributes:
        done, planned: Evaluations.
        picture: The picture as it is, a PNG; None where it was shown lately.
    """

    phase: int
    phases: int
    done: int
    planned: int
    seconds_left: float
    picture: bytes | None = None


@dataclass(frozen=True)
class End:
    """How a render ended.

    Attributes:
        picture: The finished picture, a PNG that says how it was made.
        facts: Numbers such as ``seconds``.
    """

    state: Literal["finished", "failed", "cancelled"]
    message: str = ""
    picture: bytes | None = None
    facts: dict[str, float] = field(default_factory=dict)


@dataclass
class RenderNews:
    """One render as pages are told of it.

    Attributes:
        serial: The number of the last change, counted over a whole session.
        ahead: How many renders are before it.
        picture_serial: Counts its pictures; 0 while there is none.
        parameters: Name → value.
        job: Of a cluster, Ray's name for it.
        address: The URL of that cluster's head, if it holds no credentials.
        out: Where a cluster puts it, a URI without credentials.
    """

    id: str
    kind: RenderKind
    state: RenderState = "waiting"
    serial: int = 0
    ahead: int = 0
    phase: int = 0
    phases: int = 0
    done: int = 0
    planned: int = 0
    seconds_left: float | None = None
    picture_serial: int = 0
    message: str = ""
    made_at: float = 0.0
    parameters: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, float] = field(default_factory=dict)
    job: str | None = None
    address: str | None = None
    out: str | None = None

    @property
    def is_over(self) -> bool:
        return self.state in ENDED

    @property
    def is_elsewhere(self) -> bool:
        """Whether a cluster renders it, of which enough is known to find it again."""
        known = (self.job, self.address, self.out)
        return self.state == "submitted" and all(isinstance(value, str) and value for value in known)
