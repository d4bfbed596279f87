"""Preparing for a Ray of our own on this machine: its token, and the folder in which it keeps its files."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from semstyle.farm.errors import FarmError

ROOM = 64 * 2**20
"""Bytes that Ray's logs and sockets need at least; with less it would wait for itself until a time-out."""
LONGEST_FOLDER = 38
"""Most bytes of the folder's path: a socket's path may have 107, and Ray adds the name of the session."""
MEND = "set RAY_TMPDIR to a folder with a short path and some room"


def keep_token_to_ourselves() -> None:
    """Give Ray a token in the environment, as it would else write one under the home folder.

    Nothing happens once Ray has been imported: it reads the environment only then.
    """
    if "RAY_AUTH_MODE" not in os.environ and "ray" not in sys.modules:
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))


def check_folder() -> None:
    """Raise :class:`FarmError` unless Ray can keep its files in the folder that it will use; it is made if need be."""
    folder = Path(os.environ.get("RAY_TMPDIR") or os.environ.get("TMPDIR") or "/tmp")
    if len(os.fsencode(folder)) > LONGEST_FOLDER:
        raise FarmError(f"{folder}: Ray's sockets cannot have so long a path; {MEND}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix="semstyle-"):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        raise FarmError(f"{folder}: Ray cannot keep its files here ({error.strerror}); {MEND}") from None
    if free < ROOM:
        raise FarmError(
            f"{folder}: Ray needs {ROOM >> 20} MiB for its files, and there are {free >> 20}; make room, or {MEND}"
        )
