"""The contact sheet of a data set: a few images of each split."""

from __future__ import annotations

import math

from semstyle.dataset.export.plan import Planned
from semstyle.dataset.export.whole import Whole
from semstyle.images import encode_png
from semstyle.report.contact_sheet import INK, MOST_COLUMNS, NAME, NARROWEST, TITLE, stacked, table_of
from semstyle.report.lettering import text_image
from semstyle.storage import Folder

SHEET = "contact_sheet.png"
MOST_SHOWN = 24


def sheet_png(run: Folder, whole: Whole) -> bytes:
    """Draw up to 24 images of each split, evenly chosen, with their ids."""
    pieces = []
    for split, counts in whole.splits.items():
        shown = evenly([render for render in whole.renders if render.split == split])
        columns = min(MOST_COLUMNS, math.ceil(math.sqrt(len(shown))))
        results = [{"render_id": render.render_id} for render in shown]
        table = table_of(run, results, [[render.render_id] for render in shown], columns)
        title = f"{split}: {len(shown):,} of {counts.renders:,}" if len(shown) < counts.renders else split
        pieces += [(title, TITLE, table)]
    width = max([NARROWEST, *(table.width for _, _, table in pieces if table is not None)])
    parts = [text_image(whole.plan.name, width, INK, NAME, 2)]
    for title, size, table in pieces:
        parts += [text_image(title, width, INK, size), *([table] if table is not None else [])]
    return encode_png(stacked(parts))


def evenly(renders: list[Planned]) -> list[Planned]:
    if len(renders) <= MOST_SHOWN:
        return renders
    return [renders[number * len(renders) // MOST_SHOWN] for number in range(MOST_SHOWN)]
