"""Which renders belong together, so that train, validation and test have no input in common."""

from __future__ import annotations

import hashlib
from itertools import accumulate

from semstyle.dataset.export.options import SPLITS, ExportOptions
from semstyle.engine.parameters import INITS
from semstyle.maps.asked import is_asked
from semstyle.report.varying import Result, uris_of

CONTENT_COLUMNS = ("content", "target_map", "init")
"""The columns of files that a render takes its scene from."""
STYLE_COLUMNS = ("style",)
NAME_DIGITS = 12


class Groups:
    """Renders that share a key are in one group, and so are those that a chain of shared keys connects."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._parents: list[int] = []
        self._least: list[str] = []

    def add(self, keys: tuple[str, ...]) -> int:
        """Note a render's keys, at least one; returns a number for :meth:`key`."""
        first, *others = (self._number(key) for key in keys)
        for other in others:
            self._unite(first, other)
        return first

    def key(self, number: int) -> str:
        """Return the key that stands for a group, the least of its own, once all renders are added."""
        return self._least[self._root(number)]

    def _number(self, key: str) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self._parents)
            self._parents.append(len(self._parents))
            self._least.append(key)
        return self._numbers[key]

    def _root(self, number: int) -> int:
        while self._parents[number] != number:
            self._parents[number] = self._parents[self._parents[number]]
            number = self._parents[number]
        return number

    def _unite(self, one: int, other: int) -> None:
        one, other = self._root(one), self._root(other)
        self._parents[other] = one
        self._least[one] = min(self._least[one], self._least[other])


def keys_of(result: Result, options: ExportOptions) -> tuple[str, ...]:
    """Return what a render must not have in common with one of another split.

    A file is known by its SHA-256, so that copies of one picture are one input. A render without content, target map
    and initial image has only its style.
    """
    if options.tag is not None:
        value = dict(result["tags"] or ()).get(options.tag)
        return ("no tag" if value is None else f"tag {value}",)
    columns = CONTENT_COLUMNS if options.split_by == "content" else STYLE_COLUMNS
    return files_in(result, columns) or files_in(result, STYLE_COLUMNS) or (f"render {result['render_id']}",)


def files_in(result: Result, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the digests of the files in these columns, or their URIs where a record has no digests."""
    if result["inputs"]:
        found = [file["sha256"] or file["uri"] for file in result["inputs"] if file["column"] in columns]
    else:
        texts = [str(result[column]) for column in columns if result[column]]
        found = [uri for text in texts for uri in uris_of(text) if uri not in INITS and not is_asked(uri)]
    return tuple(f"file {name}" for name in sorted(set(found)))


def name_of(key: str) -> str:
    """Return a short name for the group that ``key`` stands for; it does not tell the key."""
    return hashlib.sha256(key.encode()).hexdigest()[:NAME_DIGITS]


def split_of(key: str, options: ExportOptions) -> str:
    """Return the split of the group that ``key`` stands for: a hash of key and seed, whatever else there is."""
    digest = hashlib.sha256(f"{options.seed} {key}".encode()).digest()
    place = int.from_bytes(digest[:8]) / 2**64
    ends = list(accumulate(options.shares))
    return next(
        (split for split, end, share in zip(SPLITS, ends, options.shares, strict=True) if share and place < end),
        max(zip(options.shares, SPLITS, strict=True))[1],
    )
