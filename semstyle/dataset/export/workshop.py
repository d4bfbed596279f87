"""The folder beside a data set's own in which it is made, so that what is not whole never looks so."""

from __future__ import annotations

import os
import posixpath
import shutil
from collections.abc import Collection
from pathlib import Path

from pydantic import BaseModel, ValidationError

from semstyle.dataset.export.claim import ExportClaim
from semstyle.dataset.export.commit import CHECKSUMS, DATASET, Dataset, read_dataset
from semstyle.errors import InputError
from semstyle.farm.many_at_once import in_order
from semstyle.storage import Folder, MissingObjectError, StorageError, redact, retried, translated
from semstyle.storage.filesystem import is_local
from semstyle.storage.folder import TEMPORARY_PREFIX
from semstyle.storage.location import parent, split_scheme

ENDING = ".exporting"
CLAIMS = ".claims"
MARKER = "export.json"
"""What says that a folder is an export's that is not finished, and of what."""


class Marker(BaseModel):
    """The content of ``export.json``; see :class:`semstyle.dataset.export.commit.Dataset`."""

    fingerprint: str


class Workshop:
    """Makes a data set in a sibling of its folder, and puts it in its place once it is whole.

    Attributes:
        target: Where the data set is to be.
        folder: Where it is made.

    Args:
        uri: A path or URI of a folder that is empty or not there.

    Raises:
        InputError: when it is a bucket, or something else than ours is there.
        StorageError: when it cannot be read.
    """

    def __init__(self, uri: str) -> None:
        self.target = Folder(uri)
        self._told = f"-o {redact(uri)}"
        scheme, rest = split_scheme(self.target.uri)
        self.name = posixpath.basename(rest)
        if not self.name or (scheme != "file" and "/" not in rest):
            raise InputError(f"{self._told}: name a folder in it, for the data set")
        self.folder = Folder(f"{parent(self.target.uri).rstrip('/')}/.{self.name}{ENDING}")
        self._require_ours()

    def claim(self) -> ExportClaim:
        """Return the claim that keeps other exports from being made here meanwhile, to be entered."""
        return ExportClaim(Folder(f"{self.folder.uri}{CLAIMS}"), self._told)

    def finished(self, fingerprint: str) -> Dataset | None:
        """Return the data set when it is there already.

        Raises:
            InputError: when the one that is there, or that is half in its place there, is another.
        """
        there = read_dataset(self.target)
        if there is not None and there.fingerprint != fingerprint:
            raise InputError(
                f"{self._told}: a data set of other renders or options is there; choose another folder, or remove it"
            )
        if there is None and read_marker(self.target) not in (None, fingerprint):
            raise InputError(
                f"{self._told}: an export of other renders or options is unfinished there; choose another folder, or "
                "remove it"
            )
        return there

    def begin(self, fingerprint: str) -> Dataset | None:
        """Get ready to write; what an export of something else has left behind is removed.

        Returns:
            The data set, when it is whole and has only to be put in its place.
        """
        made = read_dataset(self.folder)
        if made is not None and made.fingerprint == fingerprint:
            return made
        if made is not None or read_marker(self.folder) != fingerprint:
            self._clear(was_whole=made is not None)
            self.folder.write(MARKER, Marker(fingerprint=fingerprint).model_dump_json().encode())
        return None

    def publish(self, made: Dataset) -> None:
        """Put a whole data set in its place; on a disk at once, in a bucket file by file and ``dataset.json`` last."""
        paths = [*listed_paths(self.folder.read(CHECKSUMS)), CHECKSUMS]
        if is_local(self.folder.filesystem):
            with translated(self.target.uri):
                remove_others(Path(self.folder.path()), {*paths, DATASET})
                Path(self.folder.path()).replace(self.target.path())
            return
        self.target.write(MARKER, Marker(fingerprint=made.fingerprint).model_dump_json().encode())
        for _ in in_order(self._copy, paths):
            pass
        self._copy(DATASET)
        self.target.delete(MARKER)
        self._remove()

    @retried
    def _copy(self, path: str) -> None:
        with translated(self.target.location(path)):
            self.folder.filesystem.cp_file(self.folder.path(path), self.target.path(path))

    def _require_ours(self) -> None:
        if is_empty(self.target) or read_dataset(self.target) is not None:
            return
        if read_marker(self.target) is None or is_local(self.target.filesystem):
            raise InputError(f"{self._told}: other files are there; choose a folder that is new or empty")

    def _clear(self, was_whole: bool) -> None:
        if is_empty(self.folder):
            return
        if not was_whole and read_marker(self.folder) is None:
            raise InputError(f"{redact(self.folder.uri)}: not of an export; remove it, or choose another -o")
        self._remove()

    @retried
    def _remove(self) -> None:
        with translated(self.folder.uri):
            if is_local(self.folder.filesystem):
                shutil.rmtree(self.folder.path())
            else:
                self.folder.filesystem.rm(self.folder.path(), recursive=True)


def read_marker(folder: Folder) -> str | None:
    """Return the fingerprint of the unfinished export in ``folder``; None when there is none."""
    try:
        return Marker.model_validate_json(folder.read(MARKER)).fingerprint
    except (MissingObjectError, ValidationError):
        return None


@retried
def is_empty(folder: Folder) -> bool:
    """Whether nothing is there, except for what a killed write has left.

    Raises:
        StorageError: when it cannot be listed, or is a file.
    """
    path = folder.path()
    with translated(folder.uri):
        if is_local(folder.filesystem):
            if not os.path.lexists(path):
                return True
            return all(entry.name.startswith(TEMPORARY_PREFIX) for entry in Path(path).iterdir())
        try:
            # Some stores keep folders whose last file is gone; a folder's own mark has no name.
            levels = folder.filesystem.walk(path, on_error="raise")
            return not any(any(files) for _, _, files in levels)
        except FileNotFoundError:
            return True


def listed_paths(checksums: bytes) -> list[str]:
    """Return the paths in the text of ``checksums.sha256``.

    Raises:
        StorageError: when it is not ours.
    """
    lines = [line.partition("  ") for line in checksums.decode("utf-8", "replace").splitlines()]
    if not all(path for _, _, path in lines):
        raise StorageError(f"{CHECKSUMS}: not one that semstyle has written")
    return [path for _, _, path in lines]


def remove_others(folder: Path, keep: Collection[str]) -> None:
    """Remove everything that is no file of the data set: notes of parts, and drafts of a killed write."""
    for place, folders, files in os.walk(folder, topdown=False):
        for name in files:
            path = Path(place, name)
            if path.relative_to(folder).as_posix() not in keep:
                path.unlink()
        for name in folders:
            inner = Path(place, name)
            if not any(inner.iterdir()):
                inner.rmdir()
