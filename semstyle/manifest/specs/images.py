"""The images that ``styles``, ``contents`` and ``targets`` stand for, one by one."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from semstyle.manifest.errors import ManifestError
from semstyle.manifest.specs.document import Images, Targets
from semstyle.manifest.specs.listing import MOST_FILES, matches
from semstyle.maps.asked import is_asked
from semstyle.storage import parent

FIELD = re.compile(r"\{([^{}]*)\}|[{}]")


@dataclass(frozen=True)
class NamedImage:
    """An image of a spec.

    Attributes:
        image: Its path or URI as it stands in rows; None for a doodle.
        map: That of its semantic map, if it has one.
        key: Where it stands in the spec, such as ``styles[3]``, or ``styles (paintings/monet.jpg)`` for one of many.
    """

    image: str | None
    map: str | None
    tags: Mapping[str, str]
    key: str

    @property
    def stem(self) -> str:
        """The name of the file, without its ending."""
        return posixpath.splitext(posixpath.basename(self.image or self.map or ""))[0]


def named_images(
    given: Images | Targets | Sequence[Images] | Sequence[Targets], key: str, uri: str
) -> tuple[NamedImage, ...]:
    """Return the images that are given under ``key``, in the order of the list; those of a pattern by their names.

    Raises:
        ManifestError: when a pattern matches nothing, or cannot be used.
        StorageError: when a folder cannot be listed.
    """
    found: list[NamedImage] = []
    entries = given if isinstance(given, Sequence) else [given]
    for number, entry in enumerate(entries):
        place = f"{key}[{number}]" if isinstance(given, Sequence) else key
        if entry.glob is None:
            image = entry.image if isinstance(entry, Images) else None
            found.append(NamedImage(image, entry.map, entry.tags, place))
        else:
            found += globbed(entry, entry.glob, place, uri)
    if len(found) > MOST_FILES:
        raise ManifestError(f"{key}: {len(found):,} images, and the most is {MOST_FILES:,}", uri)
    return tuple(found)


def globbed(entry: Images | Targets, pattern: str, place: str, uri: str) -> list[NamedImage]:
    """Return what a pattern matches. Files that are maps of others that it matches are no images of their own."""
    try:
        paths = matches(pattern, parent(uri))
    except ValueError as error:
        raise ManifestError(f"{place}.glob: {error}", uri) from None
    found = []
    for path in paths:
        tags = {name: filled_in(text, path, f"{place}.tags.{name}", uri) for name, text in entry.tags.items()}
        key = f"{place} ({path})"
        if isinstance(entry, Targets):
            found.append(NamedImage(None, plain_path(path), tags, key))
        else:
            found.append(NamedImage(plain_path(path), map_of(entry, path, place, uri), tags, key))
    maps = {one.map for one in found} if isinstance(entry, Images) else set()
    return [one for one in found if one.image is None or one.image not in maps]


def map_of(entry: Images, path: str, place: str, uri: str) -> str | None:
    """Return the path of the map of the image at ``path``; patterns start from the image's own folder."""
    if entry.map is None or is_asked(entry.map):
        return entry.map
    name = filled_in(entry.map, path, f"{place}.map", uri)
    return posixpath.join(posixpath.dirname(path), name) if "://" not in name else name


def filled_in(pattern: str, path: str, place: str, uri: str) -> str:
    """Fill in ``{stem}`` and ``{name}``, the name of the file without and with its ending."""
    name = posixpath.basename(path)
    known = {"stem": posixpath.splitext(name)[0], "name": name}

    def replaced(match: re.Match[str]) -> str:
        if match[1] not in known:
            raise ManifestError(f"{place}: {match[0]} is not known; there are {{stem}} and {{name}}", uri)
        return known[match[1]]

    return FIELD.sub(replaced, pattern)


def plain_path(path: str) -> str:
    """Return ``path`` so that it is taken for a file, even one whose name asks for maps to be made."""
    return f"./{path}" if is_asked(path) else path
