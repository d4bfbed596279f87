"""How a terminal says what it can show: by its variables, or by its answer, which a terminal of ours gives here."""

from __future__ import annotations

import os
import pty
import threading
from typing import Any

import pytest

from semstyle.commands.drawing import graphics
from semstyle.commands.drawing.graphics import Graphics, asked, graphics_of

WITH_SIXEL, WITHOUT = b"\x1b[?62;4;22c", b"\x1b[?64;14;44c"


@pytest.mark.parametrize(
    ("environment", "answer", "kind"),
    [
        ({"TERM": "xterm-kitty"}, b"", "kitty"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, b"", "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, b"", "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, b"", "iterm"),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, b"", "iterm"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, WITH_SIXEL, "iterm"),
        ({"TERM": "foot"}, WITH_SIXEL, "sixel"),
        ({"TERM": "xterm-256color"}, WITHOUT, "blocks"),
        ({"TERM": "xterm-256color"}, b"", "blocks"),
        ({"TERM": "linux"}, WITH_SIXEL, "blocks"),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/tmux", "KITTY_WINDOW_ID": "1"}, WITHOUT, "blocks"),
        ({"TERM": "screen-256color", "LC_TERMINAL": "iTerm2"}, WITH_SIXEL, "sixel"),
    ],
)
def test_a_terminal_is_used_as_well_as_it_can(environment: dict[str, str], answer: bytes, kind: str) -> None:
    assert graphics_of(environment, lambda: answer) is Graphics(kind)


@pytest.mark.parametrize("answer", [WITH_SIXEL, b""])
def test_a_terminal_is_asked_without_an_echo_and_left_as_it_was(answer: bytes, monkeypatch: Any) -> None:
    import termios

    monkeypatch.setattr(graphics, "ANSWER_SECONDS", 5.0 if answer else 0.05)
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    heard: list[bytes] = []

    def play_terminal() -> None:
        heard.append(os.read(ours, 100))
        if answer:
            for half in (answer[:4], answer[4:]):
                os.write(ours, half)

    terminal = threading.Thread(target=play_terminal)
    terminal.start()
    try:
        assert asked(theirs, theirs) == answer
        terminal.join()
        assert heard == [b"\x1b[c"]
        assert termios.tcgetattr(theirs) == before
        os.write(theirs, b".")
        assert os.read(ours, 100) == b".", "the answer was not echoed"
    finally:
        os.close(ours)
        os.close(theirs)
