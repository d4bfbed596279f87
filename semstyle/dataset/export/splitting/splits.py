"""Which split each input is in: by a hash, or as an earlier data set has it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from pydantic import BaseModel

from semstyle.dataset.export.options import SPLITS, ExportOptions
from semstyle.dataset.export.splitting.groups import TAG_KEY, Groups

SPLITS_FILE = "splits.json"

SplitName = Literal["train", "validation", "test"]


class KnownSplits(BaseModel):
    """The content of ``splits.json``: the splits of this data set's inputs and of those before it.

    Attributes:
        splits: The SHA-256 of an input's key, which does not tell the key, → its split.
    """

    made_by: Literal["semstyle export"] = "semstyle export"
    splits: dict[str, SplitName] = {}

    def of(self, key: str) -> str | None:
        return self.splits.get(key_digest(key))


@dataclass(frozen=True)
class InputSplits:
    """The split of every input, all renders considered.

    Attributes:
        by_number: An input's number in ``groups`` → its split.
    """

    groups: Groups
    by_number: Sequence[str]

    def of(self, numbers: Sequence[int]) -> str | None:
        """Return the split that all these inputs are in; None when they are in different ones."""
        found = {self.by_number[number] for number in numbers}
        return found.pop() if len(found) == 1 else None

    def noted(self, before: KnownSplits) -> KnownSplits:
        """Return these splits as the next data set may take them over, with those of inputs that are gone."""
        own = {key_digest(key): self.by_number[number] for number, key in enumerate(self.groups.keys)}
        return KnownSplits.model_validate({"splits": dict(sorted({**before.splits, **own}.items()))})


def input_splits(groups: Groups, options: ExportOptions, known: KnownSplits) -> InputSplits:
    """Give each input its split: the one that is known, else its group's.

    A group's split is that of the least of its known inputs, and when none is known a hash decides.
    """
    anchors: dict[int, str] = {}
    for number, key in enumerate(groups.keys):
        if known.of(key) is not None:
            root = groups.root(number)
            anchors[root] = min(anchors.get(root, key), key)
    of_groups: dict[int, str] = {}

    def of_group(number: int) -> str:
        root = groups.root(number)
        if root not in of_groups:
            anchor = anchors.get(root)
            of_groups[root] = (anchor and known.of(anchor)) or split_of(groups.key(number), options)
        return of_groups[root]

    return InputSplits(groups, [known.of(key) or of_group(number) for number, key in enumerate(groups.keys)])


def split_of(key: str, options: ExportOptions) -> str:
    """Return the split of what ``key`` stands for: a hash of key and seed, whatever else there is.

    A tag whose value is the name of a split is taken at its word.
    """
    if options.tag is not None and (value := key.removeprefix(TAG_KEY)) in SPLITS:
        return value
    digest = hashlib.sha256(f"{options.seed} {key}".encode()).digest()
    place = int.from_bytes(digest[:8]) / 2**64
    ends = list(accumulate(options.shares))
    return next(
        (split for split, end, share in zip(SPLITS, ends, options.shares, strict=True) if share and place < end),
        max(zip(options.shares, SPLITS, strict=True))[1],
    )


def key_digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def splits_digest(splits: Mapping[str, str]) -> str:
    """Return a hash of which inputs are in which split."""
    return hashlib.sha256("".join(f"{key} {split}\n" for key, split in sorted(splits.items())).encode()).hexdigest()
