"""What damaged and forged files make Python raise, as one line for the person who gave the file."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from semstyle.errors import InputError

FORGED_ERRNO = {None, errno.EINVAL}
"""Of the errors that come of a forged place in a file, and not of its disk."""


class UnusableWeights(ValueError):
    """Why a file of weights cannot be read, in a few words of ours."""


@contextmanager
def one_clear_line(problem: str) -> Iterator[None]:
    """Turn whatever is raised within into :class:`InputError`: ``problem``, and the reason where it is in our words.

    What is no fault of the file passes: a disk that fails, and too little memory.
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
