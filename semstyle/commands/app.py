"""The program ``semstyle``, made of its subcommands.

What one command needs is imported for that one alone; the whole program, as help lists it, is ``app``.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable, Sequence
from pkgutil import resolve_name
from typing import Annotated, Any

import typer

from semstyle import __version__
from semstyle.commands.optional_values import OptionalValueCommand
from semstyle.commands.usage import PROGRAM, usage_line
from semstyle.importing import uncollected
from semstyle.storage import one_line

BAD_USAGE = 2

COMMANDS = {
    "render": "semstyle.commands.render:render",
    "plan": "semstyle.commands.plan:plan",
    "run": "semstyle.commands.run:run",
    "submit": "semstyle.commands.submit:submit",
    "status": "semstyle.commands.status:status",
    "pause": "semstyle.commands.control:pause",
    "resume": "semstyle.commands.control:resume",
    "cancel": "semstyle.commands.control:cancel",
    "studio": "semstyle.commands.studio:studio",
    "demo": "semstyle.commands.demo:demo",
    "doctor": "semstyle.commands.doctor:doctor",
    "verify": "semstyle.commands.verify:verify",
    "report": "semstyle.commands.report:report",
    "compare": "semstyle.commands.compare:compare",
    "export": "semstyle.commands.export:export",
    "nightly": "semstyle.commands.nightly:nightly",
    "show": "semstyle.commands.show:show",
    "evaluate": "semstyle.commands.evaluate:evaluate",
    "manifest": "semstyle.commands.manifest:app",
    "map": "semstyle.commands.maps:app",
    "bench": "semstyle.commands.bench:app",
}
"""Where each command is: a function, or an app of its own commands."""


def print_version(wanted: bool) -> None:
    if wanted:
        print(f"semstyle {__version__}")
        raise typer.Exit


def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=print_version, is_eager=True)
    ] = False,
) -> None:
    """Semantic style transfer: one image, or a Parquet manifest of thousands on a Ray cluster."""


def app_of(names: Iterable[str]) -> typer.Typer:
    """Make the program with those commands of :data:`COMMANDS`; the others' modules are not imported."""
    made = typer.Typer(name=PROGRAM, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
    made.callback()(options)
    for name in names:
        command = resolve_name(COMMANDS[name])
        if isinstance(command, typer.Typer):
            made.add_typer(command, name=name)
        else:
            made.command(name, cls=OptionalValueCommand)(command)
    return made


@functools.cache
def whole_app() -> typer.Typer:
    return app_of(COMMANDS)


def __getattr__(name: str) -> Any:
    if name == "app":
        return whole_app()
    raise AttributeError(f"module 'semstyle.commands.app' has no attribute {name!r}")


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """Return the program as far as ``arguments`` need it: the command that they begin with, or all of it."""
    return app_of(arguments[:1]) if arguments and arguments[0] in COMMANDS else whole_app()


def run_app() -> int:
    """Do what the command line asks for; returns the exit code.

    When typer cannot read the command line, the reason is one line on stderr, like every other error. A command that
    needs another after it, and has none, shows its help.
    """
    with uncollected():
        program = typer.main.get_command(app_for(sys.argv[1:]))
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
