"""The program ``semstyle``, made of its subcommands."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from semstyle import __version__
from semstyle.commands import bench, demo, doctor, evaluate, manifest, maps, render, report, run, verify
from semstyle.commands.usage import PROGRAM, usage_line
from semstyle.storage import one_line

BAD_USAGE = 2

app = typer.Typer(
    name=PROGRAM,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def print_version(wanted: bool) -> None:
    if wanted:
        print(f"semstyle {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=print_version, is_eager=True)
    ] = False,
) -> None:
    """Semantic style transfer: one image, or a Parquet manifest of thousands on a Ray cluster."""


app.command("render")(render.render)
app.command("run")(run.run)
app.command("status")(run.status)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)
app.command("verify")(verify.verify)
app.command("report")(report.report)
app.command("evaluate")(evaluate.evaluate)
app.add_typer(manifest.app, name="manifest")
app.add_typer(maps.app, name="map")
app.add_typer(bench.app, name="bench")


def run_app() -> int:
    """Do what the command line asks for; returns the exit code.

    When typer cannot read the command line, the reason is one line on stderr, like every other error. A command that
    needs another after it, and has none, shows its help.
    """
    program = typer.main.get_command(app)
    list_whole_summaries(program)
    try:
        return program(prog_name=PROGRAM, standalone_mode=False) or 0
    except typer.TyperException as error:
        is_help = type(error).__name__ == "NoArgsIsHelpError"
        print(error.message if is_help else f"{PROGRAM}: {one_line(usage_line(error))}", file=sys.stderr)
        return BAD_USAGE


def list_whole_summaries(command: Any) -> None:
    """Show the whole first paragraph of each command in the list of commands, which typer would cut to a line."""
    command.short_help = " ".join((command.help or "").partition("\n\n")[0].split())
    for part in getattr(command, "commands", {}).values():
        list_whole_summaries(part)
