"""Giving one command the options of another, and writing them as a command line again."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any

import typer


def taking_options_of(other: Callable[..., Any], without: Collection[str]) -> Callable[[Callable[..., Any]], Any]:
    """Add the parameters of another command, except those named, to a command that takes them as ``**values``."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        own = inspect.signature(command, eval_str=True)
        kept = [value for value in own.parameters.values() if value.kind is not inspect.Parameter.VAR_KEYWORD]
        added = [
            value
            for name, value in inspect.signature(other, eval_str=True).parameters.items()
            if name not in without and name not in own.parameters
        ]
        vars(command)["__signature__"] = own.replace(parameters=[*kept, *added])
        return command

    return decorate


def command_line(command: Callable[..., Any], values: Mapping[str, Any]) -> list[str]:
    """Write options of ``command`` as its command line has them; those at their default are left out.

    Args:
        values: Name of a parameter → its value.
    """
    program = typer.Typer(add_completion=False)
    program.command()(command)
    defaults = {name: value.default for name, value in inspect.signature(command).parameters.items()}
    written = []
    for parameter in typer.main.get_command(program).params:
        value = values.get(parameter.name or "")
        if value is None or value == [] or value == defaults[parameter.name or ""]:
            continue
        if isinstance(value, bool):
            written.append(max(parameter.opts if value else parameter.secondary_opts, key=len))
            continue
        for one in value if isinstance(value, list | tuple) else [value]:
            written.append(f"{max(parameter.opts, key=len)}={one}")
    return written
