"""How far a render in flight has come: workers note it with the cluster's head now and then, and the driver reads it.

The notes are small, and nothing depends on them: a head that does not answer costs a note, never a render. They lie in
the key-value store of Ray's head, which every process of a cluster is connected to anyway: an actor of our own would be
one more process to start, place and lose. Its interface is Ray's own and may change, so any error means "no note".
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Collection

from pydantic import BaseModel, Field, ValidationError, field_validator

from semstyle.farm.connected_head import NAMESPACE, connected_head

NOTE_SECONDS = 2.0
"""Between two notes of a render. One that takes less time leaves none."""
MOST_TERMS = 32
MOST_BESIDE = 63
"""Of a larger batch no more are told of, as a note should be small."""
ANSWER_SECONDS = 1.0
"""How long the head is waited for."""


class Headway(BaseModel):
    """How far a render has come.

    Attributes:
        evaluation: How many evaluations are done, in all phases, of so many ``evaluations`` planned.
        loss: That of the last evaluation; None when it is not finite.
        losses: Name → its terms, such as ``content_loss``, those that are finite.
        beside: How far the others of its batch have come, which the same process renders.
    """

    render_id: str = Field(max_length=1000)
    phase: int = Field(ge=1)
    phases: int = Field(ge=1)
    evaluation: int = Field(ge=0)
    evaluations: int = Field(ge=0)
    loss: float | None = None
    losses: dict[str, float] = Field(default={}, max_length=MOST_TERMS)
    beside: list[Headway] = Field(default=[], max_length=MOST_BESIDE)

    def of(self, render_id: str) -> Headway | None:
        """Return what this note says of a render, if anything."""
        return next((each for each in (self, *self.beside) if each.render_id == render_id), None)

    @field_validator("loss")
    @classmethod
    def is_a_number(cls, loss: float | None) -> float | None:
        return loss if loss is not None and math.isfinite(loss) else None

    @field_validator("losses", mode="before")
    @classmethod
    def are_numbers(cls, losses: dict[str, float]) -> dict[str, float]:
        return {name: loss for name, loss in losses.items() if math.isfinite(loss)}


def note_key(run_id: str, node: str, pid: int) -> str:
    """Return the key of the note of one worker process; each note replaces the one before."""
    return f"{run_id}/{node}/{pid}"


def leave_note(key: str, headway: Headway) -> bool:
    """Leave a note with the head; returns whether it took it."""
    with contextlib.suppress(Exception):
        if (head := connected_head()) is not None:
            head.internal_kv_put(key.encode(), headway.model_dump_json().encode(), True, NAMESPACE, ANSWER_SECONDS)
            return True
    return False


def read_notes(keys: Collection[str]) -> dict[str, Headway]:
    """Return the notes under ``keys``, as far as there are any that can be read."""
    found: dict[bytes, bytes] = {}
    with contextlib.suppress(Exception):
        if (head := connected_head()) is not None:
            found = head.internal_kv_multi_get([key.encode() for key in keys], NAMESPACE, ANSWER_SECONDS)
    notes: dict[str, Headway] = {}
    for key, content in found.items():
        with contextlib.suppress(ValidationError):
            notes[key.decode()] = Headway.model_validate_json(content)
    return notes


def remove_notes(run_id: str) -> None:
    """Remove all notes of a run."""
    with contextlib.suppress(Exception):
        if (head := connected_head()) is not None:
            head.internal_kv_del(f"{run_id}/".encode(), True, NAMESPACE, ANSWER_SECONDS)
