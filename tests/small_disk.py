"""A disk of a few megabytes for tests, which can be filled and emptied."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

BALLAST = "ballast"


class SmallDisk:
    """Everything under ``folder`` is on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        """Take all the room that there is."""
        with (self.folder / BALLAST).open("ab", buffering=0) as file:
            for size in (2**16, 2**12, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(os.urandom(size))
        self.assert_full()

    def assert_full(self) -> None:
        try:
            (self.folder / "one more").write_bytes(b"x")
        except OSError as error:
            assert error.errno == errno.ENOSPC
        else:
            raise AssertionError("there is still room")
        finally:
            with contextlib.suppress(FileNotFoundError):
                (self.folder / "one more").unlink()

    def make_room(self) -> None:
        (self.folder / BALLAST).unlink()


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mount one at ``folder``; a test is skipped where that is not allowed."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no mount here")
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
