"""One session in its folder. Whatever kills the studio, what was stored last is whole."""

from __future__ import annotations

import secrets
import shutil
import threading
import time
from collections.abc import Collection
from pathlib import Path

from pydantic import ValidationError

from semstyle.storage import Folder
from semstyle.studio.errors import StudioError, UnknownItemError
from semstyle.studio.sessions.document import MapSide, StudioDocument
from semstyle.studio.sessions.picture import KeptPicture
from semstyle.studio.sessions.plane import Plane, flattened, plane_size, read_plane

DOCUMENT = "session.json"
UNUSED_SECONDS = 3600.0
"""Files that the document does not name are kept so long, as a document that names them may be on its way."""


class StudioSession:
    """A session's files.

    Args:
        path: Its folder, whose name is its id.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        self._folder = Folder(str(path))
        self._lock = threading.Lock()

    def document(self) -> StudioDocument:
        """Read what was stored last.

        Raises:
            UnknownItemError: when there is no such session.
            StudioError: when the file was changed by another program, and cannot be read.
        """
        try:
            text = (self.path / DOCUMENT).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise UnknownItemError("session") from None
        try:
            return StudioDocument.model_validate_json(text)
        except ValidationError as error:
            raise StudioError(f"{self.path / DOCUMENT}: {first_problem(error)}", 500) from None

    def changed_at(self) -> float:
        """Return when it was stored last, in seconds since 1970."""
        return (self.path / DOCUMENT).stat().st_mtime

    def store(self, document: StudioDocument) -> int:
        """Store a document; returns its new revision.

        Raises:
            StudioError: when another tab has stored one since, or it names files that are not there.
            StorageError: when the disk does not take it.
        """
        with self._lock:
            if (self.path / DOCUMENT).exists() and self.document().revision != document.revision:
                raise StudioError("this session was changed in another tab; load it again to go on from there", 409)
            self._check_files(document)
            stored = document.model_copy(update={"revision": document.revision + 1})
            self._folder.write(DOCUMENT, stored.model_dump_json().encode())
            self._remove_unused("planes", document.planes)
            self._remove_unused("pictures", {f"{name}.png" for name in document.pictures})
            return stored.revision

    def _check_files(self, document: StudioDocument) -> None:
        for plane in document.planes:
            if not self._plane_path(plane).is_file():
                raise StudioError("a layer's pixels are missing; paint on to store them again", 409)
        for picture in document.pictures:
            if not self.picture_path(picture).is_file():
                raise UnknownItemError("picture")
        for side in (document.style, document.target):
            for plane in side.planes:
                if plane_size(self._plane_path(plane).read_bytes()[:8]) != (side.width, side.height):
                    raise StudioError("a layer has another size than its map")

    def _remove_unused(self, kind: str, used: Collection[str]) -> None:
        limit = time.time() - UNUSED_SECONDS
        for path in (self.path / kind).glob("*"):
            if path.name not in used and path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)

    def _plane_path(self, plane: str) -> Path:
        return self.path / "planes" / plane

    def picture_path(self, picture: str) -> Path:
        return self.path / "pictures" / f"{picture}.png"

    def write_plane(self, name: str, data: bytes) -> None:
        """Store the pixels of a layer, once they were looked at.

        Raises:
            StudioError: when they are damaged.
            StorageError: when the disk does not take them.
        """
        read_plane(data)
        self._folder.write(f"planes/{name}", data)

    def add_plane(self, plane: Plane) -> str:
        name = secrets.token_hex(8)
        self.write_plane(name, plane.file())
        return name

    def plane_file(self, name: str) -> bytes:
        try:
            return self._plane_path(name).read_bytes()
        except FileNotFoundError:
            raise UnknownItemError("layer") from None

    def add_picture(self, picture: KeptPicture) -> str:
        name = secrets.token_hex(8)
        self._folder.write(f"pictures/{name}.png", picture.file)
        return name

    def picture_file(self, name: str) -> bytes:
        try:
            return self.picture_path(name).read_bytes()
        except FileNotFoundError:
            raise UnknownItemError("picture") from None

    def map_of(self, side: MapSide) -> Plane:
        """Return the numbers of a side's labels, all layers together."""
        painting, automatic = (
            None if layer.plane is None else read_plane(self.plane_file(layer.plane))
            for layer in (side.painting, side.automatic)
        )
        return flattened(painting, automatic, side.ground, (side.width, side.height))

    def write(self, path: str, data: bytes) -> None:
        """Write a file of the session's; readers see the old one or the new, never a part.

        Raises:
            StorageError: when the disk does not take it.
        """
        self._folder.write(path, data, durable=False)

    def remove(self) -> None:
        """Remove the session with everything in it; its document goes first, so that no half of it is ever shown."""
        (self.path / DOCUMENT).unlink(missing_ok=True)
        shutil.rmtree(self.path, ignore_errors=True)


def first_problem(error: ValidationError) -> str:
    """Say in a line what is wrong with a document first."""
    found = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in found["loc"])
    return f"{place}: {found['msg']}" if place else str(found["msg"])
