"""Fitting output to a terminal without losing options, paths or ids; in files and pipes nothing is cut."""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import Console

WIDE = 160
"""How many columns wide a table is that does not go to a terminal."""
CUT = "…"


def line_console() -> Console:
    """Return a console for lines: the terminal breaks those that are too long, and nothing is cut."""
    return Console(highlight=False, soft_wrap=True)


def table_console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDE)


def from_left(path: str, console: Console, taken: int) -> str:
    """Cut ``path`` from the left so that it fits beside ``taken`` columns of a terminal."""
    if not console.is_terminal:
        return path
    width = max(console.width - taken, len(CUT) + 1)
    while cell_len(path) > width:
        path = CUT + path[2:] if path.startswith(CUT) else CUT + path[1:]
    return path
