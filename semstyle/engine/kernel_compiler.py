"""This module says whether Triton compiles a GPU's kernels here, and, if not, what to install."""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch

LOGGER = logging.getLogger("semstyle.engine")


def compiles(rehearse: Callable[[], None], slower: str) -> bool:
    """Whether kernels can be compiled and are right, which ``rehearse`` tries; if not, one line in the log says why.

    Args:
        slower: What is slower without them, and where.

    Raises:
        torch.OutOfMemoryError, torch.AcceleratorError: when the GPU has no memory left, or is broken.
    """
    try:
        rehearse()
    except (torch.OutOfMemoryError, torch.AcceleratorError):
        raise
    except Exception as error:  # whatever a compiler, a linker or a full disk may raise
        LOGGER.warning("%s than it could be: %s", slower, remedy(error))
        return False
    return True


def remedy(error: Exception) -> str:
    """Return why Triton is of no use, and what to install, in one line."""
    if isinstance(error, ModuleNotFoundError):
        return "Triton is not installed; install it (pip install triton)"
    reason = " ".join(str(error).split())[:300] or type(error).__name__
    return (
        f"Triton does not work here ({reason}); it needs a C compiler and Python's header files "
        "(Debian: apt-get install gcc python3-dev)"
    )
