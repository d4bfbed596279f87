"""Metadata as PyPI wants them, by PyPI's own rules."""

from __future__ import annotations

import sys

from release.distributions import Distributions
from release.outcome import Outcome
from release.program import run


def check_metadata(built: Distributions) -> Outcome:
    """Have twine check both files, where a warning is a mistake too.

    Raises:
        ProgramError: when something is wrong with them; its message says what.
    """
    run([sys.executable, "-m", "twine", "check", "--strict", *built.paths], built.wheel.parent)
    return Outcome("twine finds nothing wrong with either")
