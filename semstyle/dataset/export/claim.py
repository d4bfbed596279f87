"""Keeping apart two exports into one folder: whoever is at work there has a claim, and gives signs of life."""

from __future__ import annotations

import os
import socket
import threading
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from pydantic import BaseModel, ValidationError

from semstyle.errors import InputError
from semstyle.storage import Folder, MissingObjectError, StorageError, at_once, redact
from semstyle.storage.filesystem import is_local
from semstyle.storage.folder import TEMPORARY_PREFIX

BEAT_SECONDS = 15.0
SILENCE_SECONDS = 120.0
"""When its last sign of life is older than this, an export is taken for dead."""
SUFFIX = ".json"
DIGITS = 6


class ClaimNote(BaseModel):
    """The content of a claim.

    Attributes:
        owner: An id of this claim alone.
        host: The machine, with Linux's number of the space that ``pid`` is a process in.
        alive_at: Its last sign of life.
    """

    owner: str
    host: str
    pid: int
    since: datetime
    alive_at: datetime

    @property
    def is_stale(self) -> bool:
        """Whether its export is dead: silent for long, or a process of this machine that is gone.

        A sign from the future is none: a clock has been put back since.
        """
        if self.host == this_host():
            return self.owner not in _held if self.pid == os.getpid() else not is_running(self.pid)
        return abs((datetime.now(UTC) - self.alive_at).total_seconds()) > SILENCE_SECONDS


_held: set[str] = set()
"""The owners of the claims that this process has."""


class ExportClaim:
    """Holds the right to write, while entered.

    Claims are numbered, each is created only where there is none, and the highest holds. So of two that find a
    stale one, only one takes it over, and who has lost a claim, as after hours of sleep, finds a higher one.

    Args:
        folder: Where the claims are; nothing else is there.
        told: What is claimed, for messages.

    Raises:
        InputError: on entering, when another export has it; from :meth:`require`, when it was taken over.
        StorageError: when the folder cannot be read or written.
    """

    def __init__(self, folder: Folder, told: str) -> None:
        self._folder, self._told = folder, told
        now = datetime.now(UTC)
        self._claim = ClaimNote(owner=uuid.uuid4().hex, host=this_host(), pid=os.getpid(), since=now, alive_at=now)
        self._name = ""
        self._over = threading.Event()
        self._beating = threading.Thread(target=self._beat, name="export-claim", daemon=True)

    def __enter__(self) -> ExportClaim:
        names = self._names()
        if names and (holder := self._read(names[-1])) is not None and not holder.is_stale:
            raise InputError(self._taken(holder))
        self._name = f"{number_of(names[-1]) + 1 if names else 1:0{DIGITS}d}{SUFFIX}"
        _held.add(self._claim.owner)
        try:
            # An answer that was lost leaves our own claim behind, so it is read again.
            if not self._folder.create(self._name, self._bytes()) and not self._is_ours():
                raise InputError(self._taken(self._read(self._name)))
        except BaseException:
            _held.discard(self._claim.owner)
            raise
        self._beating.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._beating.join(BEAT_SECONDS)
        try:
            with suppress(StorageError):
                self._leave()
        finally:
            _held.discard(self._claim.owner)

    def require(self) -> None:
        """Raise :class:`InputError` when another export has taken over, as this one gave no sign of life for long."""
        if not self._is_ours():
            raise InputError(f"{self._told}: another export has taken over here, as this one was silent for long")

    def _beat(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            with suppress(StorageError), at_once():
                if self._is_ours() and not self._over.is_set():
                    self._claim.alive_at = datetime.now(UTC)
                    self._folder.write(self._name, self._bytes(), durable=False)

    def _is_ours(self) -> bool:
        names = self._names()
        if not names or names[-1] != self._name:
            return False
        found = self._read(self._name)
        return found is not None and found.owner == self._claim.owner

    def _leave(self) -> None:
        if self._is_ours():
            self._remove_drafts()
            for name in self._names():
                self._folder.delete(name)
        if is_local(self._folder.filesystem):
            with suppress(OSError):
                Path(self._folder.path()).rmdir()

    def _remove_drafts(self) -> None:
        """Remove what killed writes have left on a disk; while a claim holds, nobody else writes there."""
        if is_local(self._folder.filesystem):
            for draft in Path(self._folder.path()).glob(f"{TEMPORARY_PREFIX}*"):
                draft.unlink(missing_ok=True)

    def _names(self) -> list[str]:
        return sorted(name for name in self._folder.names() if name.endswith(SUFFIX) and name[:-5].isdecimal())

    def _read(self, name: str) -> ClaimNote | None:
        try:
            return ClaimNote.model_validate_json(self._folder.read(name))
        except (MissingObjectError, ValidationError):
            return None

    def _bytes(self) -> bytes:
        return self._claim.model_dump_json().encode()

    def _taken(self, holder: ClaimNote | None) -> str:
        who = "" if holder is None else f" (process {holder.pid} on {redact(holder.host.partition(' ')[0])})"
        return (
            f"{self._told}: another export is at work there{who}; wait for it, or choose another folder. If it was "
            f"killed, it counts as dead {SILENCE_SECONDS:.0f} s after its last sign of life"
        )


def number_of(name: str) -> int:
    return int(name.removesuffix(SUFFIX))


def this_host() -> str:
    try:
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        space = ""
    return f"{socket.gethostname()} {space}".strip()


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True
