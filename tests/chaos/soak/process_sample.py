"""What a process holds at a moment: memory, handles of files and sockets, threads."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

FIELD = re.compile(r"^(RssAnon|VmRSS|Threads):\s+(\d+)", re.MULTILINE)
MEBIBYTE = 1024  # kB of /proc


@dataclass(frozen=True)
class Sample:
    """One look at a process.

    Attributes:
        at: Seconds since 1970.
        renders: How many renders it had done by then.
        memory: MiB that are its own: without files and memory that it shares with others.
        resident: MiB with these.
        seconds: Of CPU time that it has taken so far.
        kinds: ``handles`` by what they are open to.
    """

    at: float
    renders: int
    memory: float
    resident: float
    handles: int
    threads: int
    seconds: float
    kinds: Counter[str] = field(default_factory=Counter, compare=False)


def look_at(pid: int, renders: int) -> Sample | None:
    """Take a sample of a process; None when it is gone."""
    folder = Path(f"/proc/{pid}")
    try:
        told = {name: int(value) for name, value in FIELD.findall((folder / "status").read_text())}
        numbers = numbers_of(pid)
        names = os.listdir(folder / "fd")  # noqa: PTH208 - a Path of each is not needed
    except OSError:
        return None
    if "RssAnon" not in told:  # it has ended, and its parent has not taken note
        return None
    kinds = Counter(kind_of(folder / "fd" / name) for name in names)
    return Sample(
        time.time(),
        renders,
        told["RssAnon"] / MEBIBYTE,
        told["VmRSS"] / MEBIBYTE,
        len(names),
        told["Threads"],
        (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK"),
        kinds,
    )


def kind_of(handle: Path) -> str:
    """Return ``socket``, ``pipe``, ``anon_inode`` or ``file``."""
    try:
        target = str(handle.readlink())
    except OSError:
        return "gone"
    kind, colon, _ = target.partition(":")
    return kind if colon else "file"


def began_at(pid: int) -> int | None:
    """Return a number that tells a process from a later one with the same id; None when it is gone."""
    try:
        return int(numbers_of(pid)[19])
    except (OSError, IndexError):
        return None


def numbers_of(pid: int) -> list[str]:
    """Return what ``/proc/PID/stat`` has after the name of the process, which may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
