"""Files that a pattern such as ``paintings/*.jpg`` matches, on disk and in buckets."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from semstyle.storage import Folder, parent, resolve

MOST_FILES = 100_000
WILDCARD = re.compile(r"[*?\[]")
WEB = re.compile(r"https?://", re.IGNORECASE)


def matches(pattern: str, base: str) -> list[str]:
    """Return the paths or URIs, written as ``pattern`` is, of the files that it matches, sorted by name.

    Wildcards (``*``, ``?``, ``[abc]``) stand in the name of the file alone, so that what is found lies in the folder
    that was written, and nowhere else. Names that begin with a dot are matched by patterns that do so, too.

    Args:
        base: The folder that relative patterns start from.

    Raises:
        ValueError: in words for the user, for a pattern that cannot be used or that matches nothing.
        StorageError: when the folder cannot be listed.
    """
    folder, slash, name = pattern.rpartition("/")
    if not name or WILDCARD.search(folder):
        raise ValueError("wildcards may stand in the name of the file alone, such as paintings/*.jpg; list each folder")
    if WEB.match(resolve(pattern, base)):
        raise ValueError("a web server does not tell what files it has; list them with image")
    uri = parent(resolve(f"{folder}{slash}file", base))
    found = []
    for each in Folder(uri).names():
        if is_meant(each, name):
            found.append(each)
            if len(found) > MOST_FILES:
                raise ValueError(f"matches more than {MOST_FILES:,} files; write so many rows as Parquet")
    if not found:
        raise ValueError(f"no file in {uri} matches {name}")
    return [f"{folder}{slash}{each}" for each in sorted(found)]


def is_meant(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) and (pattern.startswith(".") or not name.startswith("."))
