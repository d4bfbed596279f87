"""Options that stand alone or have a value: ``--retry-failed``, and ``--retry-failed=worker,time``.

A value is taken only after ``=``, so that whatever follows an option that stands alone stays what it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any

from typer.core import TyperCommand

ALONE = {"--retry-failed": "all"}
"""What an option stands for that stands alone."""


class OptionalValueCommand(TyperCommand):
    """A command, some of whose options need no value."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse arguments once each option of ``ALONE`` that this command has, and that stands alone, has its value."""
        options = [parameter for parameter in self.params if parameter.param_type_name == "option"]
        followed = {name for option in options if not getattr(option, "is_flag", False) for name in option.opts}
        return super().parse_args(ctx, list(with_values(args, followed)))


def with_values(arguments: Sequence[str], followed: Collection[str]) -> Iterator[str]:
    """Yield the arguments, with the values of options that stand alone.

    Args:
        followed: The options that have a value, be it in the argument after them.
    """
    rest = iter(arguments)
    for argument in rest:
        if argument in ALONE and argument in followed:
            yield f"{argument}={ALONE[argument]}"
            continue
        yield argument
        if argument == "--":
            yield from rest
        elif argument in followed:
            yield from islice(rest, 1)
