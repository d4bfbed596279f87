"""Running other programs, and saying what they said when they fail."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

LINES_SHOWN = 15


class ProgramError(Exception):
    """A program ended with an error; the message has its command and its last lines."""


def run(
    command: Sequence[object],
    folder: Path,
    variables: Mapping[str, str] | None = None,
    expected: Sequence[int] = (0,),
) -> str:
    """Run a program and return what it printed.

    Args:
        command: Its words, which need not be text yet.
        variables: Its whole environment; ours when None.
        expected: Exit codes that are no error.

    Raises:
        ProgramError: when it cannot be started, or ends with another code.
    """
    words = [str(word) for word in command]
    environment = dict(os.environ if variables is None else variables)
    try:
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    except OSError as error:
        raise ProgramError(f"`{' '.join(words)}` cannot be started ({error.strerror})") from None
    if done.returncode not in expected:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-LINES_SHOWN:])
        raise ProgramError(f"`{' '.join(words)}` ended with {done.returncode}:\n{last}")
    return done.stdout
