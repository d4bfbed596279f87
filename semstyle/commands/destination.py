"""Writing a finished file: its place is tried before the work; if it fails in the end, the file goes somewhere else."""

from __future__ import annotations

import os
import posixpath
import tempfile
import uuid
from contextlib import suppress
from pathlib import Path

from semstyle.commands.output_folder import NO_WRITING, refuse_file
from semstyle.errors import InputError
from semstyle.storage import Folder, StorageError, one_line, parent, redact, resolve
from semstyle.storage.folder import TEMPORARY_PREFIX
from semstyle.storage.location import WEB_SCHEMES, split_scheme


class Destination:
    """A path or URI of a file that is written once some work is done.

    Attributes:
        place: The path or URI as the user gave it.

    Args:
        option: What to call it in errors, such as ``--out``.
        place: Relative paths start from the current folder.

    Raises:
        InputError: when nothing can be written to such a place.
        UriError: when it is no URI.
    """

    def __init__(self, option: str, place: str) -> None:
        self.place = place
        self._told = f"{option} {redact(place)}"
        uri = resolve(place, str(Path.cwd()))
        scheme, rest = split_scheme(uri)
        self._path = Path(os.path.realpath(rest)) if scheme == "file" else None
        if scheme in WEB_SCHEMES:
            raise InputError(f"{self._told}: {NO_WRITING}")
        if scheme != "file" and not posixpath.basename(rest.partition("/")[2]):
            raise InputError(f"{self._told}: this is a bucket or a folder; name a file in it")
        uri = str(self._path or uri)
        self._folder, self._name = Folder(parent(uri)), posixpath.basename(uri)

    def is_same_as(self, other: Destination) -> bool:
        return (self._folder.uri, self._name) == (other._folder.uri, other._name)

    def try_out(self, makes_folders: bool = False) -> None:
        """Make sure that a file can be written there now; nothing that is there changes, and nothing is left behind.

        Args:
            makes_folders: Whether writing makes the folders that the place is in. The first folder of an absolute path
                has to be there all the same: a missing one is taken for a slip.

        Raises:
            InputError: when the place is a mistake.
            StorageError: when it cannot be written to.
        """
        if self._path is None:
            self._try_store()
            return
        if makes_folders and not self._path.parent.is_dir():
            self._check_folders(self._path)
            return
        self._check_path(self._path)
        try:
            with tempfile.TemporaryFile(dir=self._path.parent, prefix=TEMPORARY_PREFIX) as file:
                file.write(b"probe")
        except OSError as error:
            why = f"nothing can be written into {self._path.parent} ({error.strerror}); choose another folder"
            raise StorageError(f"{self._told}: {why}") from None

    def write(self, data: bytes) -> tuple[str, str]:
        """Write the file, there or else into a temporary folder; returns where it is, and what went wrong, if anything.

        Raises:
            StorageError: when it can be written to neither.
        """
        try:
            self._folder.write(self._name, data)
            return self.place, ""
        except StorageError as error:
            problem = f"{self._told}: cannot be written any more ({self._reason(error, self._name)})"
        try:
            path = Path(tempfile.mkdtemp(prefix="semstyle-")) / self._name
            path.write_bytes(data)
        except OSError as error:
            raise StorageError(f"{problem}, nor into the temporary folder ({one_line(str(error))})") from None
        return str(path), f"{problem}; it is {path} instead"

    def offer(self, data: bytes) -> bool:
        """Write a file that may as well be missing; returns whether it is there."""
        try:
            self._folder.write(self._name, data, durable=False)
        except StorageError:
            return False
        return True

    def _try_store(self) -> None:
        probe = f"{TEMPORARY_PREFIX}{uuid.uuid4().hex}"
        try:
            self._folder.write(probe, b"probe")
        except StorageError as error:
            raise type(error)(f"{self._told}: {self._reason(error, probe)}") from None
        with suppress(StorageError):  # who may write may not always delete
            self._folder.delete(probe)

    def _check_folders(self, path: Path) -> None:
        top = Path(*path.parts[:2])
        if Path(split_scheme(self.place)[1]).is_absolute() and not top.exists():
            raise InputError(f"{self._told}: there is no folder {top}; make it first, or correct the path")
        refuse_file(self._told, path.parent)

    def _check_path(self, path: Path) -> None:
        if not path.parent.is_dir():
            raise InputError(f"{self._told}: there is no folder {posixpath.dirname(redact(self.place))}; make it first")
        if path.is_dir():
            raise InputError(f"{self._told}: this is a folder; name a file in it")
        if path.exists() and not path.is_file():
            raise InputError(f"{self._told}: this is not a file; choose another name")
        if path.exists() and not os.access(path, os.W_OK):
            raise InputError(f"{self._told}: this file is write-protected; choose another name")

    def _reason(self, error: StorageError, name: str) -> str:
        """Return the error's message without the URI of ``name``, which the user did not give or has read already."""
        return str(error).removeprefix(f"{redact(self._folder.location(name))}: ")
