"""Telling the driver now and then how far a render has come (used by workers)."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import islice

import torch

from semstyle.engine.rendering import Evaluation, Progress
from semstyle.farm.attempt import Assignment, Started
from semstyle.farm.monitor.headway import MOST_BESIDE, MOST_TERMS, NOTE_SECONDS, Headway, leave_note, note_key

SILENT_SECONDS = 30.0
"""How long a head that did not take a note is left alone, as each try may hold up the render for a second."""

NO_IMAGE = torch.empty(0)


class Note:
    """The note of this process, which replaces the one before: how far the renders that it makes have come.

    It is left every two seconds and needs no thread: that takes about a millisecond, and there is none in a render of
    less than two seconds.
    """

    def __init__(self, run_id: str, started: Started) -> None:
        self._key = note_key(run_id, started.node, started.pid)
        self._due = time.monotonic() + NOTE_SECONDS
        self._known: dict[str, Progress] = {}

    def tell(self, render_id: str, progress: Progress) -> None:
        """Take in how far a render has come, and leave the note if it is due; several threads may tell."""
        self._known[render_id] = replace(progress, image=NO_IMAGE)
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + NOTE_SECONDS
        others = [headway(*known) for known in list(self._known.items()) if known[0] != render_id]
        note = headway(render_id, progress).model_copy(update={"beside": others[:MOST_BESIDE]})
        if not leave_note(self._key, note):
            self._due = now + SILENT_SECONDS


class HeadwayNotes:
    """Tells of one render; give :meth:`step` to the engine as ``on_step``.

    Args:
        note: The note of all renders of its batch; None when it is alone.
    """

    def __init__(self, assignment: Assignment, started: Started, note: Note | None = None) -> None:
        self._render_id = assignment.row.render_id
        self._note = note or Note(assignment.run_id, started)

    def step(self, progress: Progress) -> None:
        """Take in an evaluation."""
        self._note.tell(self._render_id, progress)


def headway(render_id: str, progress: Progress) -> Headway:
    return Headway(
        render_id=render_id,
        phase=progress.evaluation.phase,
        phases=progress.phases,
        evaluation=progress.evaluations_done,
        evaluations=progress.evaluations_planned,
        loss=progress.evaluation.loss,
        losses=terms(progress.evaluation),
    )


def terms(row: Evaluation) -> dict[str, float]:
    """Return the terms of a loss, of which those that are nothing, as without content, are left out."""
    styles = {f"style_loss_{layer}": loss for layer, loss in row.style_losses.items()}
    found = {"content_loss": row.content_loss, **styles, "smoothness_loss": row.smoothness_loss}
    return dict(islice(((name, loss) for name, loss in found.items() if loss), MOST_TERMS))
