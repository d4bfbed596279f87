"""Storing a small picture of a render at the end of each phase but the last (used by workers)."""

from __future__ import annotations

import contextlib

from semstyle.engine import Checkpoint, Rendering
from semstyle.farm.attempt import Assignment
from semstyle.farm.output.layout import preview_path
from semstyle.images import preview_of
from semstyle.storage import Folder


class Previews:
    """Stores the previews of one render, if they are wanted. What goes wrong with one is left alone."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment

    def store(self, checkpoint: Checkpoint) -> None:
        """Store what the image is like at the end of a phase."""
        if not self._assignment.preview:
            return
        with contextlib.suppress(Exception):
            path = preview_path(self._assignment.row.render_id, checkpoint.phase)
            content = preview_of(Rendering(checkpoint.image, []).to_pil())
            Folder(self._assignment.out).write(path, content, durable=False)
