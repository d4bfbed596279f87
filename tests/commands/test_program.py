"""The program as it is found: by its name, by its module, and what it says of itself."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from programs import run

from semstyle import __version__


@pytest.mark.parametrize(
    "program", [["semstyle"], [sys.executable, "-m", "semstyle"], [sys.executable, "-m", "semstyle.cli"]]
)
def test_it_tells_its_version(program: list[str], tmp_path: Path) -> None:
    ended = run([*program, "--version"], tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"semstyle {__version__}\n", "")


def test_without_a_command_it_lists_them(tmp_path: Path) -> None:
    ended = run([sys.executable, "-m", "semstyle"], tmp_path)
    for command in ("render", "run", "status", "verify", "report", "manifest", "map", "bench"):
        assert f" {command} " in ended.stdout + ended.stderr
