"""What a user chooses of a data set: its format, how it is split, and its licence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from semstyle.errors import InputError
from semstyle.storage import redact

SPLITS = ("train", "validation", "test")
TAG = "tag:"
INPUTS, EACH = "inputs", "each"
SPLIT_BY = ("content", "style", INPUTS, EACH)
"""What no two splits have in common, besides ``tag:NAME``."""
MOST_IN_FOLDER = 10_000
"""How many images of an image folder are in one folder: the Hugging Face Hub takes no more."""
MOST_IN_SHARD = 10_000
SHARD_BYTES = 192 * 2**20
"""How many bytes the pixels of a shard may have; its PNG files have fewer, and are in memory together."""


class DatasetFormat(StrEnum):
    """How the images and rows of a data set are stored."""

    WEBDATASET = "webdataset"
    PARQUET = "parquet"
    IMAGEFOLDER = "imagefolder"


@dataclass(frozen=True)
class ExportOptions:
    """How a run becomes a data set; the same options and renders make the same bytes.

    Attributes:
        split_by: ``content``, ``style``, ``inputs``, ``each`` or ``tag:NAME``: what no two splits have in common.
        shares: The shares of train, validation and test; they sum to 1.
        seed: Another one puts groups into other splits.
        license: An identifier such as ``cc-by-4.0``, or a text.
        shard_bytes: Most bytes of pixels in one shard.
        most_in_part: Most renders in one shard, or in one folder of images.

    Raises:
        InputError: when it is not known what to split by.
    """

    format: DatasetFormat
    split_by: str = "content"
    shares: tuple[float, float, float] = (0.8, 0.1, 0.1)
    seed: int = 0
    license: str = "unknown"
    shard_bytes: int = SHARD_BYTES
    most_in_part: int = min(MOST_IN_FOLDER, MOST_IN_SHARD)

    def __post_init__(self) -> None:
        if self.split_by not in SPLIT_BY and not self.tag:
            raise InputError(f"--split-by {redact(self.split_by)}: there are content, style, inputs, each and tag:NAME")

    @property
    def tag(self) -> str | None:
        """The name of the tag to split by, if it is one."""
        return self.split_by.removeprefix(TAG) if self.split_by.startswith(TAG) else None


def parse_shares(text: str) -> tuple[float, float, float]:
    """Read three shares such as ``0.8,0.1,0.1``.

    Raises:
        InputError: when they are not three numbers from 0 to 1 that sum to 1.
    """
    told = f"--split {redact(text)}"
    try:
        shares = [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"{told}: these are not numbers; write shares such as 0.8,0.1,0.1") from None
    if len(shares) != len(SPLITS):
        raise InputError(f"{told}: three shares are needed, of train, validation and test, such as 0.8,0.1,0.1")
    if not all(0 <= share <= 1 for share in shares) or not math.isclose(sum(shares), 1, abs_tol=1e-6):
        raise InputError(f"{told}: shares are from 0 to 1, and sum to 1")
    return shares[0], shares[1], shares[2]
