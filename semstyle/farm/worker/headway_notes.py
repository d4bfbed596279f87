"""Telling the driver now and then how far a render has come (used by workers)."""

from __future__ import annotations

import time
from itertools import islice

from semstyle.engine.rendering import Evaluation, Progress
from semstyle.farm.attempt import Assignment, Started
from semstyle.farm.monitor.headway import MOST_TERMS, NOTE_SECONDS, Headway, leave_note, note_key

SILENT_SECONDS = 30.0
"""How long a head that did not take a note is left alone, as each try may hold up the render for a second."""


class HeadwayNotes:
    """Leaves a note of one render every two seconds; give :meth:`step` to the engine as ``on_step``.

    It needs no thread: a note takes about a millisecond, and there is none in a render of less than two seconds.
    """

    def __init__(self, assignment: Assignment, started: Started) -> None:
        self._render_id = assignment.row.render_id
        self._key = note_key(assignment.run_id, started.node, started.pid)
        self._due = time.monotonic() + NOTE_SECONDS

    def step(self, progress: Progress) -> None:
        """Leave a note, if one is due."""
        if time.monotonic() < self._due:
            return
        headway = Headway(
            render_id=self._render_id,
            phase=progress.evaluation.phase,
            phases=progress.phases,
            evaluation=progress.evaluations_done,
            evaluations=progress.evaluations_planned,
            loss=progress.evaluation.loss,
            losses=terms(progress.evaluation),
        )
        pause = NOTE_SECONDS if leave_note(self._key, headway) else SILENT_SECONDS
        self._due = time.monotonic() + pause


def terms(row: Evaluation) -> dict[str, float]:
    """Return the terms of a loss, of which those that are nothing, as without content, are left out."""
    styles = {f"style_loss_{layer}": loss for layer, loss in row.style_losses.items()}
    found = {"content_loss": row.content_loss, **styles, "smoothness_loss": row.smoothness_loss}
    return dict(islice(((name, loss) for name, loss in found.items() if loss), MOST_TERMS))
