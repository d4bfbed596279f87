"""The pages of traces, which are read only where they have changed."""

from __future__ import annotations

from collections.abc import Sequence

from semstyle.report.data.script import as_json
from semstyle.report.data.spool import Spool

TRACES_EACH = 20


def traces_script(number: int, render_ids: Sequence[str], spool: Spool) -> bytes:
    """Write a page of traces, whose curves are JSON already."""
    curves = b",".join(map(spool.curve, render_ids))
    return b'semstyleData("traces",%d,{"ids":%s,"traces":[%s]})\n' % (number, as_json(render_ids).encode(), curves)
