"""Showing a benchmark's table on a terminal, or as JSON with the seconds that it took."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from semstyle.commands.fitting import table_console

if TYPE_CHECKING:
    from semstyle.bench.table import BenchmarkTable

STARTED = time.perf_counter()
"""When this module was loaded, which is when the program began."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def show(table: BenchmarkTable, as_json: bool) -> None:
    if as_json:
        timed = dataclasses.replace(table, took=time.perf_counter() - STARTED)
        print(json.dumps(dataclasses.asdict(timed), ensure_ascii=False))
        return
    shown = Table(*(Column(name, overflow="fold") for name in table.columns), title=table.title)
    for row in table.rows:
        shown.add_row(*row)
    console = table_console()
    console.print(shown)
    console.print(table.note, highlight=False)
