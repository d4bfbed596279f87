"""Removing old nights, and nothing else that may lie beside them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

from semstyle.dataset.nightly.latest import read_latest
from semstyle.dataset.nightly.order import night_folder
from semstyle.dataset.nightly.state import STATE, NightState, read_state, write_state
from semstyle.errors import InputError
from semstyle.storage import Folder, UnsuitableFileError, retried, translated
from semstyle.storage.filesystem import is_local

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def remove_old_nights(root: Folder, keep: int, tonight: date) -> list[date]:
    """Remove all complete nights up to ``tonight`` but the last ``keep``; returns those that are gone.

    What ``latest`` names stays, what a night at work is compared with stays, and so does every folder that
    ``night.json`` does not call a complete night of this very date. A removal that was cut short is gone on with.

    Raises:
        StorageError: when storage gives out.
    """
    known = {night: state for night in nights_in(root) if (state := own_state(root, night)) is not None}
    half_gone = [night for night, state in known.items() if state.is_being_removed]
    complete = sorted(
        night for night, state in known.items() if state.is_complete and night <= tonight and night not in half_gone
    )
    needed = {state.previous for state in known.values() if not state.is_complete and not state.is_being_removed}
    needed |= {read_latest(root), tonight}
    old = [night for night in (*half_gone, *complete[: max(0, len(complete) - keep)]) if night not in needed]
    for night in sorted(old):
        remove_night(night_folder(root, night), known[night])
    return sorted(old)


def remove_night(folder: Folder, state: NightState) -> None:
    """Remove a night's folder, ``night.json`` last, so that what is left of it is known for what it is."""
    if not state.is_being_removed:
        write_state(folder, state.model_copy(update={"is_being_removed": True}))
    for name in entries_in(folder):
        if name != STATE:
            remove_entry(folder, name)
    folder.delete(STATE)
    if is_local(folder.filesystem):
        with suppress(OSError):
            Path(folder.path()).rmdir()


def own_state(root: Folder, night: date) -> NightState | None:
    """Return a night's state if the folder of its date has one that says so; whatever else is there is not ours."""
    try:
        state = read_state(night_folder(root, night))
    except (InputError, UnsuitableFileError):
        return None
    return state if state is not None and state.night == night else None


@retried
def nights_in(root: Folder) -> list[date]:
    """Return the dates that folders in ``root`` are called by, in their order. Links are no folders.

    Raises:
        StorageError: when it cannot be listed.
    """
    with translated(root.uri):
        return sorted(filter(None, map(date_called, folders_in(root))))


def folders_in(root: Folder) -> Iterator[str]:
    path = root.path()
    if is_local(root.filesystem):
        with os.scandir(path) as entries:
            yield from (entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
        return
    for entry in root.filesystem.ls(path, detail=True):
        if entry["type"] == "directory":
            yield entry["name"].rstrip("/").rpartition("/")[2]


def date_called(name: str) -> date | None:
    """Return the date that a name is, written as nights are called and in no other way."""
    if not DATE.fullmatch(name):
        return None
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


@retried
def entries_in(folder: Folder) -> list[str]:
    """Return the names of the files and folders directly in ``folder``; none when it is gone."""
    with translated(folder.uri):
        try:
            if is_local(folder.filesystem):
                return sorted(os.listdir(folder.path()))  # noqa: PTH208
            found = folder.filesystem.ls(folder.path(), detail=False)
        except FileNotFoundError:
            return []
    return sorted(str(path).rstrip("/").rpartition("/")[2] for path in found)


@retried
def remove_entry(folder: Folder, name: str) -> None:
    """Remove a file, or a folder with all that is in it; it may be gone already. A link is removed, not followed."""
    path = f"{folder.path()}/{name}"
    with translated(folder.uri), suppress(FileNotFoundError):
        if not is_local(folder.filesystem):
            folder.filesystem.rm(path, recursive=True)
        elif Path(path).is_dir() and not Path(path).is_symlink():
            shutil.rmtree(path)
        else:
            Path(path).unlink()
