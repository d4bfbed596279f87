"""``semstyle show``: the command that it prints makes the same file again."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from in_process import program
from PIL import Image

from semstyle.images import encode_png
from semstyle.manifest.recipe import RECIPE_KEY


def semstyle(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "semstyle", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    ("name", "settings"),
    [("first.png", []), ("first.webp", ["quality=100"]), ("first.jpg", ["format=jpeg", "quality=70"])],
)
def test_the_printed_command_makes_the_same_file_again(
    name: str, settings: list[str], pictures: Path, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    semstyle = program(tmp_path, monkeypatch, capsys)
    options = [f"--set={setting}" for setting in ("size=48", "iterations=2", "seed=5", *settings)]
    made = semstyle("render", "--style", str(pictures / "style.png"), *options, "-o", name)
    assert made.returncode == 0, made.stderr
    shown = semstyle("show", name)
    assert shown.returncode == 0 and len(shown.stdout.splitlines()) == 1, shown.stderr
    word, *arguments = shlex.split(shown.stdout)
    assert word == "semstyle"
    assert semstyle(*arguments).returncode == 0
    assert (tmp_path / arguments[-1]).read_bytes() == (tmp_path / name).read_bytes()
    told = json.loads(semstyle("show", name, "--json").stdout)
    assert told["parameters"]["seed"] == 5 and told["inputs"] == {"style": str(pictures / "style.png")}


def test_a_name_of_another_format_than_the_one_asked_for_is_a_mistake(pictures: Path, tmp_path: Path) -> None:
    options = ("--style", str(pictures / "style.png"), "--set", "format=png")
    refused = semstyle(tmp_path, "render", *options, "-o", "x.webp")
    assert refused.returncode == 2 and "its name says webp; leave out --set format" in refused.stderr


def test_an_image_of_others_is_told_in_one_line(pictures: Path, tmp_path: Path) -> None:
    shown = semstyle(tmp_path, "show", str(pictures / "style.png"))
    assert shown.returncode == 2 and shown.stdout == ""
    assert shown.stderr.count("\n") == 1 and "does not say how it was made" in shown.stderr


def with_text(path: Path, text: str) -> None:
    path.write_bytes(encode_png(Image.new("RGB", (4, 4)), {RECIPE_KEY: text}))


def test_what_a_stranger_wrote_cannot_command_a_terminal(tmp_path: Path) -> None:
    with_text(tmp_path / "x.png", json.dumps({"inputs": {"style": "\x1b]0;owned\x07; rm -rf ~\n"}, "parameters": {}}))
    shown = semstyle(tmp_path, "show", "x.png")
    assert shown.returncode == 0
    assert "\x1b" not in shown.stdout and "\x07" not in shown.stdout and len(shown.stdout.splitlines()) == 1


def test_a_text_as_long_as_a_book_is_refused(tmp_path: Path) -> None:
    with_text(tmp_path / "x.png", "x" * 2_000_000)
    shown = semstyle(tmp_path, "show", "x.png")
    assert shown.returncode == 2 and shown.stderr.count("\n") == 1, shown.stderr


TERMINAL_VARIABLES = (
    *("NO_COLOR", "COLORTERM", "TMUX", "TERM_PROGRAM", "LC_TERMINAL", "KITTY_WINDOW_ID"),
    *("FORCE_COLOR", "COLUMNS", "LINES"),
)


def made_image(folder: Path) -> Path:
    """An image of 24×10 pixels, red above blue, with hostile texts beside its recipe."""
    picture = Image.new("RGB", (24, 10), "red")
    picture.paste("blue", (0, 5, 24, 10))
    recipe = json.dumps({"inputs": {"style": "a.png\x1b]0;owned\x07"}, "parameters": {"seed": 5}})
    path = folder / "x.png"
    path.write_bytes(encode_png(picture, {RECIPE_KEY: recipe, "Comment": "\x1b]0;owned\x07"}))
    return path


@pytest.fixture
def on_terminal(tmp_path: Path, monkeypatch: Any, capsys: Any) -> Any:
    """``semstyle`` with an output that rich takes for a terminal of 80 columns, with other variables as given."""

    def run(*arguments: str, **variables: str) -> str:
        for name in TERMINAL_VARIABLES:
            monkeypatch.delenv(name, raising=False)
        asked = {"FORCE_COLOR": "1", "COLUMNS": "80", "LINES": "30", "COLORTERM": "truecolor", **variables}
        for name, value in asked.items():
            monkeypatch.setenv(name, value)
        done = program(tmp_path, monkeypatch, capsys)(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.mark.parametrize(
    ("variables", "start"),
    [
        ({"TERM": "xterm-kitty"}, "\x1b_Ga=T"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "\x1b]1337;File=inline=1"),
        ({"TERM": "xterm-256color"}, "\x1b[38;2;255;0;0;48;2;255;0;0m▀"),
        ({"TERM": "xterm-256color", "COLORTERM": ""}, "\x1b[38;5;196;48;5;196m▀"),
    ],
)
def test_a_terminal_gets_the_image_and_then_the_command(
    variables: dict[str, str], start: str, on_terminal: Any, tmp_path: Path
) -> None:
    made_image(tmp_path)
    shown = on_terminal("show", "x.png", **variables)
    assert shown.startswith(start)
    assert "owned\x07" not in shown and "\x1b]0" not in shown, "only pixels are drawn"
    command = shown.rstrip("\n").splitlines()[-1]
    assert command.startswith("semstyle render") and "\x1b" not in command
    assert "\x1b" not in on_terminal("show", "x.png", "--no-draw", **variables)
    assert json.loads(on_terminal("show", "x.png", "--json", **variables))["parameters"] == {"seed": 5}


def test_without_colours_or_a_terminal_only_what_is_asked_for_is_drawn(on_terminal: Any, tmp_path: Path) -> None:
    made_image(tmp_path)
    for variables in ({"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": "xterm", "FORCE_COLOR": ""}):
        assert "▀" not in on_terminal("show", "x.png", **variables)
        drawn = on_terminal("show", "x.png", "--draw", **variables)
        assert drawn.count("▀") == 24 * 5 and "48;2;0;0;255" in drawn


def test_an_image_whose_pixels_are_damaged_still_has_its_command(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    path = made_image(tmp_path)
    content = path.read_bytes()
    start = content.index(b"IDAT") + 6
    path.write_bytes(content[:start] + bytes(8) + content[start + 8 :])
    done = program(tmp_path, monkeypatch, capsys)("show", "x.png", "--draw")
    assert done.returncode == 0 and done.stdout.startswith("semstyle render")
    assert done.stderr.startswith("semstyle: x.png: damaged image") and done.stderr.count("\n") == 1


def test_a_real_terminal_that_draws_sixels_is_asked_and_gets_them(tmp_path: Path) -> None:
    made_image(tmp_path)
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(tmp_path)
        plain = {name: value for name, value in os.environ.items() if name not in TERMINAL_VARIABLES}
        environment = {**plain, "TERM": "xterm-256color"}
        os.execve(sys.executable, [sys.executable, "-m", "semstyle", "show", "x.png"], environment)
    said = b""
    try:
        while data := os.read(terminal, 65536):
            if b"\x1b[c" in data:
                os.write(terminal, b"\x1b[?62;4c")
            said += data
    except OSError:  # how a terminal of Linux says that its program is gone
        pass
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == 0, said
    assert b"62;4c" not in said, "its answer was not echoed"
    assert re.search(rb'\x1bP0;1;0q"1;1;24;10[#0-9;!$?-~-]*\x1b\\', said)
    assert said.rstrip().splitlines()[-1].startswith(b"semstyle render")
