"""All sessions of a painter, in one folder that only one studio at a time works with."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import threading
from pathlib import Path
from typing import IO

from platformdirs import user_data_path

from semstyle.studio.errors import StudioError, UnknownItemError
from semstyle.studio.sessions.document import MapSide, StudioDocument
from semstyle.studio.sessions.palette import first_palette
from semstyle.studio.sessions.session import DOCUMENT, StudioSession

SESSION_ID = re.compile(r"[0-9a-f]{16}")
MOST_SESSIONS = 500
TOKEN = "token"


class SessionCollection:
    """The sessions below a folder, which is made, for its owner alone, if it is not there.

    Args:
        path: By default a folder of the user's data.

    Raises:
        StudioError: when the folder cannot be used, or another studio is using it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = (path or user_data_path("semstyle", appauthor=False) / "studio").absolute()
        self._known: dict[str, StudioSession] = {}
        self._lock = threading.Lock()
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._held = self._hold()
        except OSError as error:
            raise StudioError(f"--sessions {self.path}: {error.strerror or error}; give another folder") from None

    def _hold(self) -> IO[str]:
        """Lock the folder for as long as this process lives, however it ends."""
        held = (self.path / ".lock").open("a")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
            raise StudioError(
                f"--sessions {self.path}: another studio has these sessions; use its page, or give another folder"
            ) from None
        return held

    def close(self) -> None:
        """Let another studio have the folder."""
        self._held.close()

    def token(self) -> str:
        """Return the secret that a page has to know; it is the same after a crash, so that open pages go on."""
        place = self.path / TOKEN
        with contextlib.suppress(OSError):
            if re.fullmatch(r"[\w-]{43}", token := place.read_text()):
                return token
        token = secrets.token_urlsafe(32)
        place.unlink(missing_ok=True)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(token)
        return token

    def open(self, session_id: str) -> StudioSession:
        """Return a session.

        Raises:
            UnknownItemError: when there is none of this id, or it is no id at all.
        """
        if not SESSION_ID.fullmatch(session_id) or not (self.path / session_id / DOCUMENT).is_file():
            raise UnknownItemError("session")
        with self._lock:
            return self._known.setdefault(session_id, StudioSession(self.path / session_id))

    def new(self, name: str = "Untitled") -> StudioSession:
        """Begin a session with an empty doodle.

        Raises:
            StudioError: when there are too many.
        """
        if sum(1 for _ in self.all()) >= MOST_SESSIONS:
            raise StudioError(f"there are {MOST_SESSIONS} sessions; remove some in the list of sessions first")
        session = StudioSession(self.path / secrets.token_hex(8))
        side = MapSide(width=640, height=427)
        target = MapSide(width=640, height=427, opacity=1.0)
        session.store(StudioDocument(name=name[:60], palette=first_palette(), style=side, target=target))
        return self.open(session.id)

    def all(self) -> list[StudioSession]:
        """Return the sessions, the one changed last first."""
        found = [path.parent for path in self.path.glob(f"*/{DOCUMENT}") if SESSION_ID.fullmatch(path.parent.name)]
        found.sort(key=lambda path: (path / DOCUMENT).stat().st_mtime, reverse=True)
        return [self.open(path.name) for path in found]

    def remove(self, session_id: str) -> None:
        session = self.open(session_id)
        with self._lock:
            self._known.pop(session_id, None)
        session.remove()
