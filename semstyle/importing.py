"""Importing much at once without a garbage collector that goes through it again and again. Imports nothing heavy."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Within this context, meant for imports, no garbage is collected, and what is there at its end is never looked at.

    Modules live as long as their process. Python would look through all of their objects several times while they are
    made, and once more when the process ends; for torch that takes half as long as importing it. Where no module was
    imported, as they are there already, nothing is set aside.
    """
    was_collecting, modules = gc.isenabled(), len(sys.modules)
    gc.disable()
    try:
        yield
    finally:
        if len(sys.modules) > modules:
            gc.freeze()
        if was_collecting:
            gc.enable()
