"""What a newcomer gets wrong, over every command: the line that tells it, its exit code, and nothing left behind.

The files in ``mistakes/`` are the table, as a terminal would show it: a command, ``[code]`` where its exit code is not
2, and all of standard error, in which HERE is the folder that :mod:`newcomer` fills.
"""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from newcomer import write_files

from semstyle.cli import BAD_INPUT, run_command

TABLES = sorted(Path(__file__).with_name("mistakes").glob("*.txt"))
SUGGESTED = re.compile(r"semstyle (manifest build \S+ -o \S+)$")
PROMPT = "$ semstyle "


class Mistake(NamedTuple):
    command: str
    code: int
    told: str


def mistakes() -> list[Mistake]:
    found = []
    for table in TABLES:
        for block in table.read_text(encoding="utf-8").split(PROMPT)[1:]:
            command, _, told = block.partition("\n")
            code = re.match(r"\[(\d)\]\n", told)
            told = told[code.end() :] if code else told
            found.append(Mistake(command, int(code[1]) if code else BAD_INPUT, told.strip()))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("newcomer")
    write_files(made)
    return made


@pytest.fixture(autouse=True)
def there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


def ended(command: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code of the program in this process; a traceback is a failure of the test."""
    monkeypatch.setattr(sys, "argv", ["semstyle", *shlex.split(command)])
    with pytest.raises(SystemExit) as left:
        run_command()
    return int(left.value.code or 0)


@pytest.mark.parametrize("mistake", mistakes(), ids=lambda mistake: mistake.command)
def test_a_mistake_is_told_in_a_line_and_leaves_nothing(
    mistake: Mistake, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.rglob("*"))
    code = ended(mistake.command, monkeypatch)
    assert capsys.readouterr().err.replace(str(folder), "HERE").strip() == mistake.told
    assert code == mistake.code
    assert sorted(folder.rglob("*")) == before


def test_there_is_a_mistake_of_every_command() -> None:
    from typer.core import TyperGroup
    from typer.main import get_command

    from semstyle.commands.app import app

    program = get_command(app)
    assert isinstance(program, TyperGroup)
    commands = {
        " ".join((name, *([part] if part else [])))
        for name, command in program.commands.items()
        for part in getattr(command, "commands", [None])
    }
    told = {mistake.command for mistake in mistakes()}
    passive = {"doctor"}  # it tells what is the matter with a machine, on standard output
    assert not [command for command in commands - passive if not any(line.startswith(command) for line in told)]
    assert len(told) >= 80


@pytest.mark.parametrize("given", ["rows.csv", "grid.yaml"])
def test_what_a_line_says_to_run_makes_a_manifest(
    given: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(f"manifest validate {given}", monkeypatch) == BAD_INPUT
    suggested = SUGGESTED.search(capsys.readouterr().err)
    assert suggested is not None
    made = folder / f"{Path(given).stem}.parquet"
    try:
        assert ended(suggested[1], monkeypatch) == 0
        assert ended(f"manifest validate --check-inputs {made}", monkeypatch) == 0
    finally:
        made.unlink(missing_ok=True)
