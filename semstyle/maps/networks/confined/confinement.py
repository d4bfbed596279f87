"""What a process gives up before it touches a stranger's network."""

from __future__ import annotations

import resource
from pathlib import Path


def confine(memory: int, cpu_seconds: int) -> None:
    """Give up files, TCP connections, and memory and time beyond these limits; for this process, there is no way back.

    Everything that will be needed must have been imported. No descriptor can be opened any more on any platform, so no
    file is read or written; where Linux has Landlock, nothing can be renamed, removed or executed either, and no TCP
    connection made. Threads that were started before are bound by the limits, but not by Landlock.

    Args:
        memory: Bytes of address space beyond what is in use now.
        cpu_seconds: Time of all threads together, after which the system ends the process.
    """
    in_use = address_space()
    lock_file_system()
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_FSIZE, 0)
    limit(resource.RLIMIT_CPU, cpu_seconds)
    limit(resource.RLIMIT_AS, in_use + memory)
    limit(resource.RLIMIT_NOFILE, 0)


def lock_file_system() -> bool:
    """Forbid every path, TCP and signals to other processes by Landlock; returns whether this platform has that."""
    try:
        from py_landlock import Landlock, LandlockError
    except ImportError:  # the package is for Linux alone
        return False
    try:
        Landlock(strict=False).apply()
    except (LandlockError, OSError):
        return False
    return True


def limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (allowed, allowed))


def address_space() -> int:
    """Bytes that this process has mapped; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 0
