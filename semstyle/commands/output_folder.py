"""Checking that a place can be a folder of files that a command writes."""

from __future__ import annotations

import os
from pathlib import Path

from semstyle.errors import InputError
from semstyle.storage import redact, resolve
from semstyle.storage.location import WEB_SCHEMES, split_scheme

NO_WRITING = "a web address cannot be written to; give a path, or a URI such as s3://…"


def check_folder(option: str, place: str) -> None:
    """Refuse a place that cannot be a folder of files that are written.

    Raises:
        InputError: for a web address, for a file, and for a place inside of a file.
        UriError: when it is no URI.
    """
    told = f"{option} {redact(place)}"
    scheme, rest = split_scheme(resolve(place, str(Path.cwd())))
    if scheme in WEB_SCHEMES:
        raise InputError(f"{told}: {NO_WRITING}")
    if scheme == "file":
        refuse_file(told, Path(os.path.realpath(rest)))


def refuse_file(told: str, folder: Path) -> None:
    """Raise :class:`InputError` when ``folder`` is a file, or inside of one."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not there.is_dir():
        raise InputError(f"{told}: {there} is a file, not a folder; choose another place")
