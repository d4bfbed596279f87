"""``--retry-failed``, which stands alone or names classes after ``=``, wherever it stands on a command line."""

from __future__ import annotations

from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from semstyle.commands.app import app
from semstyle.commands.optional_values import ALONE, OptionalValueCommand
from semstyle.commands.run import run
from semstyle.farm.options import ALL_CLASSES


def parsed(*arguments: str) -> dict[str, Any]:
    program = typer.Typer()
    program.command(cls=OptionalValueCommand)(run)
    return typer.main.get_command(program).make_context("run", list(arguments)).params


@pytest.mark.parametrize(
    "arguments",
    [
        ("--retry-failed", "m.parquet", "-o", "out"),
        ("m.parquet", "--retry-failed", "-o", "out"),
        ("m.parquet", "-o", "out", "--retry-failed"),
        ("-o", "out", "--retry-failed", "--", "m.parquet"),
        ("-o", "out", "m.parquet", "--retry-failed=all"),
    ],
)
def test_alone_it_means_all_and_takes_nothing_from_what_follows(arguments: tuple[str, ...]) -> None:
    values = parsed(*arguments)
    assert (values["manifest"], values["out"], values["retry_failed"]) == ("m.parquet", "out", ALL_CLASSES)
    assert ALONE["--retry-failed"] == ALL_CLASSES


def test_what_looks_like_it_and_is_a_value_or_an_argument_stays_what_it_is() -> None:
    values = parsed("m.parquet", "-o", "out", "--where", "--retry-failed")
    assert (values["where"], values["retry_failed"]) == ("--retry-failed", None)
    values = parsed("-o", "out", "--", "--retry-failed")
    assert (values["manifest"], values["retry_failed"]) == ("--retry-failed", None)


def test_a_flag_before_it_takes_no_value() -> None:
    assert parsed("m.parquet", "-o", "out", "--force", "--retry-failed")["retry_failed"] == ALL_CLASSES


@pytest.mark.parametrize(("given", "named"), [("disk", "'disk'"), ("worker,,time", "''"), ("", "''")])
@pytest.mark.parametrize("command", [["run"], ["submit", "--address", "http://127.0.0.1:1"]])
def test_a_class_that_there_is_not_is_a_mistake_that_names_those_there_are(
    command: list[str], given: str, named: str
) -> None:
    done = CliRunner().invoke(app, [*command, "m.parquet", "-o", "out", f"--retry-failed={given}"])
    assert done.exit_code == 2
    told = " ".join(done.output.replace("│", " ").split())
    assert f"there is no class {named} of failures; there are input, storage, worker, memory, time, device" in told


def test_help_shows_both_ways() -> None:
    told = " ".join(CliRunner().invoke(app, ["run", "--help"], env={"COLUMNS": "200"}).output.split())
    assert "--retry-failed [=CLASS,…]" in told and "worker,time" in told
