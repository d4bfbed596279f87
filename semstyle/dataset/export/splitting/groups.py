"""Which renders belong together, as they have inputs in common."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from semstyle.dataset.export.options import EACH, INPUTS, ExportOptions
from semstyle.engine.parameters import INITS
from semstyle.maps.asked import is_asked
from semstyle.report.varying import Result, uris_of

CONTENT_COLUMNS = ("content", "target_map", "init")
"""The columns of files that a render takes its scene from."""
STYLE_COLUMNS = ("style",)
INPUT_COLUMNS = (*CONTENT_COLUMNS, *STYLE_COLUMNS)
SPLIT_COLUMNS = {"content": CONTENT_COLUMNS, "style": STYLE_COLUMNS, INPUTS: INPUT_COLUMNS, EACH: INPUT_COLUMNS}
"""What to split by → the columns of files that no two splits may have in common."""
TAG_KEY = "tag "
NAME_DIGITS = 12


class Groups:
    """Renders that share a key are in one group, and so are those that a chain of shared keys connects.

    Args:
        apart: Whether each key is a group of its own instead.
    """

    def __init__(self, apart: bool = False) -> None:
        self._apart = apart
        self._numbers: dict[str, int] = {}
        self._parents: list[int] = []
        self._least: list[str] = []

    @property
    def keys(self) -> Sequence[str]:
        """All keys, in the order of their numbers."""
        return list(self._numbers)

    def add(self, keys: Sequence[str]) -> tuple[int, ...]:
        """Note a render's keys, at least one; returns their numbers."""
        numbers = tuple(self._number(key) for key in keys)
        if not self._apart:
            for other in numbers[1:]:
                self._unite(numbers[0], other)
        return numbers

    def key(self, number: int) -> str:
        """Return the key that stands for a group, the least of its own, once all renders are added."""
        return self._least[self.root(number)]

    def root(self, number: int) -> int:
        """Return the one number that stands for a key's group, once all renders are added."""
        while self._parents[number] != number:
            self._parents[number] = self._parents[self._parents[number]]
            number = self._parents[number]
        return number

    def _number(self, key: str) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self._parents)
            self._parents.append(len(self._parents))
            self._least.append(key)
        return self._numbers[key]

    def _unite(self, one: int, other: int) -> None:
        one, other = self.root(one), self.root(other)
        self._parents[other] = one
        self._least[one] = min(self._least[one], self._least[other])


def keys_of(result: Result, options: ExportOptions) -> tuple[str, ...]:
    """Return what a render must not have in common with one of another split.

    A file is known by its SHA-256, so that copies of one picture are one input. A render without content, target map
    and initial image has only its style.
    """
    if options.tag is not None:
        value = dict(result["tags"] or ()).get(options.tag)
        return ("no tag" if value is None else f"{TAG_KEY}{value}",)
    columns = SPLIT_COLUMNS[options.split_by]
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
