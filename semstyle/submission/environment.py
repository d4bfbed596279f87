"""Variables of this environment that a job is given."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from semstyle.submission.errors import SubmissionError

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def passed_variables(names: Iterable[str]) -> dict[str, str]:
    """Return name → value of variables that are set here.

    Raises:
        SubmissionError: for a value on the command line, where others can read it, and for a variable that is not set.
    """
    found = {}
    for name in names:
        stem, equals, _ = name.partition("=")
        if equals:
            raise SubmissionError(
                f"--env takes a name alone; leave the value of {stem} out, it is taken from this environment"
            )
        if not NAME.fullmatch(name):
            raise SubmissionError(f"--env {name} is no name of a variable")
        if name not in os.environ:
            raise SubmissionError(f"--env {name} is not set here; export it first")
        found[name] = os.environ[name]
    return found
