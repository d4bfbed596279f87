"""Turning what Python raises about damaged and forged files into one line for the person who gave the file."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from semstyle.errors import InputError

FORGED_ERRNO = {None, errno.EINVAL}
"""The ``errno`` of errors that a forged place in a file leads to; others come from its disk."""


class UnusableWeights(ValueError):
    """A file of weights cannot be read; the message says why in a few words of ours."""


@contextmanager
def one_clear_line(problem: str) -> Iterator[None]:
    """Turn whatever is raised in this context into :class:`InputError`: ``problem``, and, in words of ours, the reason.

    Errors that are not the file's fault pass as they are: a disk that fails, and too little memory.
    """
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:  # beyond listing: zipfile, zlib, NumPy and pickletools raise a dozen kinds
        if isinstance(error, OSError) and error.errno not in FORGED_ERRNO:
            raise
        reason = f" ({error})" if isinstance(error, UnusableWeights) else ""
        raise InputError(f"{problem}{reason}") from None
