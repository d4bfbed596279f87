"""Reading what later data sets take over from an earlier one."""

from __future__ import annotations

from pydantic import ValidationError

from semstyle.dataset.export.commit import read_dataset
from semstyle.dataset.export.splitting.splits import SPLITS_FILE, KnownSplits
from semstyle.errors import InputError
from semstyle.storage import Folder, MissingObjectError, redact


def read_known_splits(uri: str) -> KnownSplits:
    """Read which inputs of an earlier data set are in which split.

    Raises:
        InputError: when no whole data set of ours is there.
        StorageError: when it cannot be read.
    """
    folder = Folder(uri)
    if read_dataset(folder) is None:
        raise InputError(f"--splits-of {redact(uri)}: no data set of `semstyle export` is there")
    try:
        return KnownSplits.model_validate_json(folder.read(SPLITS_FILE))
    except (MissingObjectError, ValidationError):
        raise InputError(
            f"--splits-of {redact(uri)}: {SPLITS_FILE} is missing or damaged there; an older semstyle wrote none"
        ) from None
