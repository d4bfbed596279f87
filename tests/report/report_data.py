"""The data files of a report, read as its page reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_data(out: Path, name: str) -> Any:
    """What ``report/data/<name>.js`` says."""
    return parsed((out / "report" / "data" / f"{name}.js").read_text(encoding="utf-8"))


def parsed(script: str) -> Any:
    """The last argument of the one call that a data script is."""
    assert script.startswith("semstyleData(") and script.endswith(")\n") and script.count("\n") == 1
    arguments = json.loads(f"[{script.removeprefix('semstyleData(').removesuffix(')' + chr(10))}]")
    assert isinstance(arguments[0], str) and len(arguments) in (2, 3)
    return arguments[-1]


def column_of(run: Any, name: str) -> Any:
    """What the head of a report says of one of its columns."""
    return next(column for column in run["columns"] if column["name"] == name)


def cells_of(out: Path, name: str, page: int = 0) -> list[Any]:
    """The values of a column in a page of renders, those of categories in words."""
    values = read_data(out, f"renders-{page:05}")["columns"][name]
    column = column_of(read_data(out, "run"), name)
    if column["kind"] != "category":
        return list(values)
    return [column["values"][value] if value >= 0 else None for value in values]
