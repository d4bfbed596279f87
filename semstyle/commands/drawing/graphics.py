"""Finding out how a terminal can show an image."""

from __future__ import annotations

import contextlib
import os
import re
import select
import sys
import time
from collections.abc import Callable, Mapping
from enum import StrEnum

DEVICE_ATTRIBUTES = b"\x1b[c"
"""Asks a terminal what it can do. All answer, with numbers such as ``ESC [ ? 62 ; 4 c``, where 4 stands for sixel."""
ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")
SIXEL_ATTRIBUTE = b"4"
ANSWER_SECONDS = 1.0
KITTY_TERMINALS = {"xterm-kitty", "xterm-ghostty"}
ITERM_PROGRAMS = {"iTerm.app", "WezTerm", "mintty"}
MULTIPLEXERS = ("screen", "tmux")
SILENT_TERMINALS = {"", "dumb", "linux"}

Ask = Callable[[], bytes]


class Graphics(StrEnum):
    """Ways to show an image, the best first."""

    KITTY = "kitty"
    ITERM = "iterm"
    SIXEL = "sixel"
    BLOCKS = "blocks"


def graphics_of(environment: Mapping[str, str], ask: Ask) -> Graphics:
    """Return how the terminal shows an image best: as its variables say, else as it answers.

    Within ``tmux`` and ``screen`` the variables are those of the terminal around them, and only the answer counts.

    Args:
        ask: Asks for the terminal's attributes; nothing is answered by one that is no terminal.
    """
    name, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    is_within = "TMUX" in environment or name.startswith(MULTIPLEXERS)
    if not is_within:
        if "KITTY_WINDOW_ID" in environment or name in KITTY_TERMINALS or program == "ghostty":
            return Graphics.KITTY
        if program in ITERM_PROGRAMS or environment.get("LC_TERMINAL") == "iTerm2":
            return Graphics.ITERM
    if name in SILENT_TERMINALS:
        return Graphics.BLOCKS
    found = ATTRIBUTES.search(ask())
    return Graphics.SIXEL if found and SIXEL_ATTRIBUTE in found[1].split(b";") else Graphics.BLOCKS


def ask_terminal() -> bytes:
    """Ask the terminal that this program reads from and writes to for its attributes; returns what it answers.

    Nothing is answered where there is no terminal, or none that answers within a second.
    """
    with contextlib.suppress(ImportError, OSError, ValueError, AttributeError):
        source, target = sys.stdin.fileno(), sys.stdout.fileno()
        if os.isatty(source) and os.isatty(target):
            return asked(source, target)
    return b""


def asked(source: int, target: int) -> bytes:
    import termios
    import tty

    before = termios.tcgetattr(source)
    answer = b""
    try:
        tty.setcbreak(source, termios.TCSANOW)
        os.write(target, DEVICE_ATTRIBUTES)
        deadline = time.monotonic() + ANSWER_SECONDS
        while not ATTRIBUTES.search(answer) and (left := deadline - time.monotonic()) > 0:
            if select.select([source], [], [], left)[0]:
                answer += os.read(source, 1024)
    finally:
        termios.tcsetattr(source, termios.TCSANOW, before)
    return answer
