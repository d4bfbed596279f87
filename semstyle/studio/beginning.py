"""A session begun from files that the command line names."""

from __future__ import annotations

from pathlib import Path

from semstyle.errors import InputError
from semstyle.studio.map_reading import painted_map
from semstyle.studio.sessions.collection import SessionCollection
from semstyle.studio.sessions.document import MapLayer, SideName
from semstyle.studio.sessions.picture import KeptPicture, kept_picture
from semstyle.studio.sessions.session import StudioSession


def begun_session(
    sessions: SessionCollection, style: Path, style_map: Path | None, target_map: Path | None, content: Path | None
) -> StudioSession:
    """Begin a session with a style, and maps and a photograph to keep where they are given.

    Raises:
        InputError: when a file is none of these, or two do not fit together; no session is left then.
    """
    pictures: dict[SideName, KeptPicture] = {"style": kept_picture(contents("--style", style), str(style))}
    if content is not None:
        pictures["target"] = kept_picture(contents("--content", content), str(content))
    session = sessions.new(style.stem)
    try:
        document = session.document()
        for name, picture in pictures.items():
            side = document.side(name)
            side.width, side.height = picture.map_size
            side.picture = session.add_picture(picture)
        maps: dict[SideName, Path | None] = {"style": style_map, "target": target_map}
        for name, path in maps.items():
            if path is None:
                continue
            option = f"--{name}-map"
            own = pictures.get(name)
            known = [] if name == "style" else document.palette
            found = painted_map(contents(option, path), str(path), known, own.file if own else None)
            document.palette = found.palette
            (plane,) = found.planes
            side = document.side(name)
            side.width, side.height = plane.size
            side.painting = MapLayer(plane=session.add_plane(plane))
        session.store(document)
    except BaseException:
        sessions.remove(session.id)
        raise
    return session


def contents(option: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{option} {path}: {error.strerror or error}; give the path of an image") from None
