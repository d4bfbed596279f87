"""``semstyle show``: the command that it prints makes the same file again."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

from PIL import Image

from semstyle.images import encode_png
from semstyle.manifest.recipe import RECIPE_KEY


def semstyle(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "semstyle", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_the_printed_command_makes_the_same_file_again(pictures: Path, tmp_path: Path) -> None:
    options = ("--set", "size=48", "--set", "iterations=2", "--set", "seed=5")
    made = semstyle(tmp_path, "render", "--style", str(pictures / "style.png"), *options, "-o", "first.png")
    assert made.returncode == 0, made.stderr
    shown = semstyle(tmp_path, "show", "first.png")
    assert shown.returncode == 0 and len(shown.stdout.splitlines()) == 1, shown.stderr
    program, *arguments = shlex.split(shown.stdout)
    assert program == "semstyle"
    assert semstyle(tmp_path, *arguments).returncode == 0
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "first.png").read_bytes()
    told = json.loads(semstyle(tmp_path, "show", "first.png", "--json").stdout)
    assert told["parameters"]["seed"] == 5 and told["inputs"] == {"style": str(pictures / "style.png")}


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
