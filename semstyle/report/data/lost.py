"""The renders that a run had committed and that are gone."""

from __future__ import annotations

from semstyle.farm.many_at_once import in_order
from semstyle.farm.output.aggregate import LOST, Summary
from semstyle.farm.output.layout import image_paths, record_path
from semstyle.storage import Folder, StorageError


def lost_ids(folder: Folder, summary: Summary | None) -> tuple[list[str], int]:
    """Return some ids of the renders that a summary calls lost and that are still missing, and their number."""
    if summary is None:
        return [], 0

    def is_back(render_id: str) -> bool:
        try:
            return folder.exists(record_path(render_id)) and any(map(folder.exists, image_paths(render_id)))
        except StorageError:
            return False

    lost = [name for name, back in zip(summary.lost, in_order(is_back, summary.lost), strict=True) if not back]
    return lost, summary.failures.get(LOST, 0) - len(summary.lost) + len(lost)
