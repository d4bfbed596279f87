"""The ``semstyle`` program: how it begins, how an error reaches the user, and how it ends.

Imports nothing heavy, so that Ctrl-C in the first second is heeded, too.
"""

from __future__ import annotations

import atexit
import os
import sys
from typing import NoReturn

from semstyle.commands.streams import check_arguments, forgiving_streams, use_utf8
from semstyle.importing import uncollected
from semstyle.interrupts import raise_interrupts

BAD_INPUT = 2
STOPPED = 130


def main() -> None:
    """Run the command; a :class:`SemstyleError` is one line on stderr and its exit code, Ctrl-C is 130."""
    raise_interrupts()
    try:
        use_utf8()
        run_command()
    except KeyboardInterrupt:
        leave_at_once()
    except SystemExit as ended:
        if ended.code == STOPPED:
            leave_at_once()
        raise


def run_command() -> None:
    with uncollected():
        from semstyle.errors import SemstyleError
        from semstyle.storage import redact

    try:
        with forgiving_streams():
            check_arguments(sys.argv[1:])
            with uncollected():
                from semstyle.commands.app import run_app

            sys.exit(run_app())
    except SemstyleError as error:
        print(f"semstyle: {redact(str(error))}", file=sys.stderr)
        sys.exit(error.exit_code)


def leave_at_once() -> NoReturn:
    """End without waiting for threads, which may themselves be waiting for a server that does not answer.

    Functions registered with :mod:`atexit` are still called: they end the processes of a Ray that was just starting.
    """
    try:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(STOPPED)


if __name__ == "__main__":
    main()
