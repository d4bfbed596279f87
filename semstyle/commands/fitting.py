"""Output that fits a terminal without losing options, paths or ids; in files and pipes everything stands whole."""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import Console

WIDE = 160
"""Columns of a table that nobody sees on a terminal."""
CUT = "…"


def line_console() -> Console:
    """For lines: a terminal breaks those that are too long, and nothing is cut."""
    return Console(highlight=False, soft_wrap=True)


def table_console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDE)


def from_left(path: str, console: Console, taken: int) -> str:
    """``path`` as it fits beside ``taken`` columns of a terminal: of one that is too long the end stays."""
    if not console.is_terminal:
        return path
    width = max(console.width - taken, len(CUT) + 1)
    while cell_len(path) > width:
        path = CUT + path[2:] if path.startswith(CUT) else CUT + path[1:]
    return path
