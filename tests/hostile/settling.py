"""One row's way through the farm without Ray: rendered, or put into ``failures/`` with one clear line."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from semstyle.farm.attempt import Assignment, Committed, Failed, Started
from semstyle.farm.demand import Demand
from semstyle.farm.output.failures import Quarantine, bad_row_failure
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.worker.render_attempt import attempt
from semstyle.manifest import BadRow, Position
from semstyle.manifest.row import make_row
from semstyle.storage import Folder

SMALL = {"size": 32, "phases": 1, "iterations": 1, "style_layers": "3_1", "content_layers": "3_1"}
LONGEST_LINE = 2000


def files_under(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder under ``folder``, with its content."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
        if path.is_file() or path.is_dir()
    }


def settled(folder: Path, values: Mapping[str, Any], allow: tuple[str, ...] = ()) -> str | None:
    """What a row comes to: None when it is rendered, else the line that its failure's file has.

    The row stands in a manifest in ``folder``; the output goes to ``folder/out``, and nothing anywhere else.
    """
    before = files_under(folder)
    out = folder / "out"
    row = make_row({**SMALL, **values}, Position(str(folder / "manifest.parquet"), 1), str(folder))
    if isinstance(row, BadRow):
        answer: Committed | Failed = bad_row_failure(row)
    else:
        answer = attempt(Assignment(row, str(out), "run", Demand(0, 1), allow), Started("node", 1, time.time()))
    if isinstance(answer, Failed):
        Quarantine(Folder(str(out)), "run", Ledger()).add(row, answer)
    after = files_under(folder)
    assert {name: data for name, data in after.items() if not Path(name).is_relative_to("out")} == before
    if isinstance(answer, Committed):
        return None
    assert answer.kind == "input", answer
    (failure,) = (out / "failures").iterdir()
    line = str(json.loads(failure.read_text())["message"])
    assert failure.name == f"{row.render_id}.json"
    assert_is_one_clear_line(line)
    return line


def assert_is_one_clear_line(text: str) -> None:
    assert 10 < len(text) <= LONGEST_LINE
    assert text.splitlines() == [text], repr(text)
    assert not any(unicodedata.category(letter) == "Cc" for letter in text), repr(text)
    assert "Traceback" not in text
