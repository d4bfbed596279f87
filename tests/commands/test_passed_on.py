"""The options of ``semstyle run`` that ``semstyle submit`` takes and writes as a command line again."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import typer

from semstyle.commands.passed_on import command_line, taking_options_of
from semstyle.commands.run import run
from semstyle.commands.submit import OWN, submit

PARAMETERS = {name: value for name, value in inspect.signature(run).parameters.items() if name not in OWN}


def parsed(arguments: list[str]) -> dict[str, Any]:
    """What ``run`` would be called with for these arguments."""
    program = typer.Typer()
    program.command()(run)
    context = typer.main.get_command(program).make_context("run", ["m.parquet", "-o", "out", *arguments])
    return {name: value for name, value in context.params.items() if name in PARAMETERS}


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--batch", "4", "--timeout", "0", "--retry-failed", "--no-aggregate"],
        ["--allow-uri", "s3://a b/", "--allow-uri", "--help", "--where", "tags.a = '--b' and size = 64"],
        ["--changed", "--force", "--shard", "1/2", "--log", "-", "--cpus-per-render", "0.5", "--grace", "0"],
    ],
)
def test_a_command_line_stays_the_same(arguments: list[str]) -> None:
    values = parsed(arguments)
    assert parsed(command_line(run, values)) == values


def test_what_is_at_its_default_is_not_written() -> None:
    assert command_line(run, parsed([])) == []
    assert command_line(run, parsed(["--batch", "1", "--batch", "2"])) == ["--batch=2"]


def test_submit_has_every_option_of_run() -> None:
    assert set(PARAMETERS) <= set(inspect.signature(submit).parameters)
    assert "dry" not in inspect.signature(submit).parameters


def test_an_option_that_run_gains_is_passed_on() -> None:
    def other(out: str, extra: int = 1) -> None: ...

    @taking_options_of(other, without={"out"})
    def command(own: str, **passed: Any) -> None: ...

    assert list(inspect.signature(command).parameters) == ["own", "extra"]
