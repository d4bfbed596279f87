"""Saying in one line what is wrong with a command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import typer

from semstyle.engine.names import nearest_of

if TYPE_CHECKING:
    from pydantic import ValidationError

PROGRAM = "semstyle"
WRONG = {
    "int_parsing": "not a whole number",
    "float_parsing": "not a number",
    "greater_than_equal": "too small; the least is {ge:g}",
    "greater_than": "too small; it has to be more than {gt:g}",
    "less_than_equal": "too large; the most is {le:g}",
}
"""What to say of a value, by the kind of pydantic's complaint."""


def usage_line(error: typer.TyperException) -> str:
    """Say on one line what typer found wrong: where, what, and what to do."""
    context: Any = getattr(error, "ctx", None)
    path = context.command_path if context else PROGRAM
    where = f"{subcommand}: " if (subcommand := path.removeprefix(PROGRAM).strip()) else ""
    return f"{where}{complaint(error, context, f'`{path} --help`')}"


def complaint(error: typer.TyperException, context: Any, manual: str) -> str:
    if option := getattr(error, "option_name", None) if hasattr(error, "possibilities") else None:
        known = [name for parameter in context.command.params for name in parameter.opts]
        return f"there is no option {option}{meant(option, known, f'; {manual} lists them')}"
    if command := re.match(r"No such command '(.*?)'", error.message):
        known = list(context.command.commands)
        named = ", ".join(known)
        return f"there is no command {command[1]}{meant(command[1], known, f'; there are {named}')}"
    if extra := re.match(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", error.message):
        return f"{extra[1]}: nothing more is expected here; {manual} shows what is"
    if usage := re.match(r"Option '(.*?)' (requires an argument|does not take a value)", error.message):
        return f"{usage[1]} {'needs a value after it' if 'requires' in usage[2] else 'takes no value'}"
    if not isinstance(error, typer.BadParameter):
        return f"{error.message.rstrip('.')}; {manual} shows how"
    from pydantic import ValidationError

    name = error.param_hint or name_of(error.param)
    if isinstance(error.__cause__, ValidationError):
        return f"{name} {wrong_value(error.__cause__)}"
    if error.message:
        return f"{name}: {error.message.rstrip('.')}"
    return f"{name} is missing{asked_for(error.param)}; {manual} shows all"


def meant(name: str, known: list[str], otherwise: str) -> str:
    near = nearest_of(name, known)
    return f"; did you mean {near}?" if near else otherwise


def name_of(parameter: Any) -> str:
    """Return the longest name of an option, or an argument's name as the help shows it."""
    if parameter is None:
        return "a value"
    if parameter.param_type_name == "option":
        return str(max(parameter.opts, key=len))
    return str(parameter.metavar or parameter.name)


def asked_for(parameter: Any) -> str:
    text = (getattr(parameter, "help", None) or "").rstrip(".")
    return f" ({text[:1].lower()}{text[1:]})" if text else ""


def wrong_value(error: ValidationError) -> str:
    """Say what is wrong with the first value that pydantic refuses, as in ``0: too small; the least is 1``."""
    first = error.errors(include_url=False)[0]
    words = WRONG.get(first["type"], first["msg"].removeprefix("Value error, "))
    given = f"{first['input']:g}" if isinstance(first["input"], float) else first["input"]
    return f"{given}: {words.format(**first.get('ctx', {}))}"
