"""Finding the tensors of a state dict of ``torch.save``: in a zip archive, or one after another as before torch 1.6."""

from __future__ import annotations

import functools
import io
import zipfile
from collections.abc import Callable
from typing import Any, BinaryIO

import torch

from semstyle.engine.encoders.weight_files.archive import read_part
from semstyle.engine.encoders.weight_files.forgery import UnusableWeights
from semstyle.engine.encoders.weight_files.pickled import (
    LONGEST_PICKLE,
    Pairs,
    Storage,
    StorageView,
    checked_pairs,
    followed,
)
from semstyle.engine.encoders.weight_files.plain_file import read_at, size_of
from semstyle.engine.encoders.weight_files.stored_tensor import ReadBytes, StoredTensor, check_counts

DTYPES = {
    "torch HalfStorage": torch.float16,
    "torch BFloat16Storage": torch.bfloat16,
    "torch FloatStorage": torch.float32,
    "torch DoubleStorage": torch.float64,
    "torch LongStorage": torch.int64,
}
PICKLE = "data.pkl"
LEGACY_MAGIC, LEGACY_VERSION = 0x1950A86A20F9469CFC6C, 1001
COUNT_BYTES = 8

Place = Callable[[Storage, int], tuple[ReadBytes, int]]
"""Finds a storage, given how many bytes it has; returns how to read there, and where its first number is.

Raises:
    UnusableWeights: the storage is not there, or has another size.
"""


def stored_in_archive(archive: zipfile.ZipFile) -> dict[str, StoredTensor]:
    """Find the tensors of a state dict in an archive: name → tensor of numbers with a fraction, or of int64.

    Raises:
        UnusableWeights: for tensors of anything else, and for one that is not inside the file. A damaged pickle makes
            Python raise others.
    """
    names = archive.namelist()
    pickle = next((name for name in names if name == PICKLE or name.endswith(f"/{PICKLE}")), None)
    if pickle is None:
        raise UnusableWeights("an archive of something else")
    folder = pickle.removesuffix(PICKLE)
    if f"{folder}byteorder" in names and read_part(archive, f"{folder}byteorder", 0, 8) != b"little":
        raise UnusableWeights("numbers whose first byte is the largest")
    if archive.getinfo(pickle).file_size > LONGEST_PICKLE:
        raise UnusableWeights(f"a pickle of more than {LONGEST_PICKLE:,} bytes")
    data = read_part(archive, pickle, 0, LONGEST_PICKLE)

    def place(storage: Storage, length: int) -> tuple[ReadBytes, int]:
        member = archive.getinfo(f"{folder}data/{storage.key}")
        if member.file_size != length:
            raise UnusableWeights(f"numbers of {length:,} bytes in {member.file_size:,}")
        return functools.partial(read_part, archive, member.filename), 0

    return stored_views(views(followed(io.BytesIO(data))), place)


def stored_one_after_another(file: BinaryIO) -> dict[str, StoredTensor]:
    """Find the tensors in a file of the old form: five pickles, then each storage behind its count of numbers."""
    head = io.BytesIO(read_at(file, 0, LONGEST_PICKLE))
    if (followed(head), followed(head)) != (LEGACY_MAGIC, LEGACY_VERSION):
        raise UnusableWeights("not what torch.save writes")
    followed(head)  # the machine that wrote it
    state, keys = followed(head), followed(head)
    tensors = views(state)
    starts = legacy_starts(file, head.tell(), keys, {view.storage.key: view.storage for view in tensors.values()})

    def place(storage: Storage, length: int) -> tuple[ReadBytes, int]:
        return functools.partial(read_at, file), starts[storage.key]

    return stored_views(tensors, place)


def legacy_starts(file: BinaryIO, start: int, keys: Any, storages: dict[str, Storage]) -> dict[str, int]:
    """Find where the numbers of each storage begin; storages follow each other from ``start`` on."""
    starts, end = {}, size_of(file)
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise UnusableWeights("a damaged pickle")
    for key in keys:
        storage = storages[key]
        if int.from_bytes(read_at(file, start, COUNT_BYTES), "little") != storage.count:
            raise UnusableWeights("a storage of another size than its tensor's")
        starts[key] = start + COUNT_BYTES
        start = starts[key] + storage_bytes(storage)
        if start > end:
            raise UnusableWeights("the file ends in the middle of a storage")
    return starts


def stored_views(tensors: dict[str, StorageView], place: Place) -> dict[str, StoredTensor]:
    return {name: stored_view(view, place) for name, view in tensors.items()}


def views(state: Any) -> dict[str, StorageView]:
    tensors = checked_pairs(state.pairs) if isinstance(state, Pairs) else state
    if not isinstance(tensors, dict) or not all(isinstance(view, StorageView) for view in tensors.values()):
        raise UnusableWeights("it holds something else than tensors by name")
    return tensors


def stored_view(view: StorageView, place: Place) -> StoredTensor:
    length = storage_bytes(view.storage)
    read, start = place(view.storage, length)
    check_counts((view.offset,))
    dtype = DTYPES[view.storage.kind]
    stored = StoredTensor(dtype, view.shape, view.stride, start + view.offset * dtype.itemsize, read)
    if stored.stop > start + length:
        raise UnusableWeights("a tensor that is larger than its storage")
    return stored


def storage_bytes(storage: Storage) -> int:
    if storage.kind not in DTYPES:
        raise UnusableWeights(f"numbers of the kind {storage.kind[:40]!r}")
    check_counts((storage.count,))
    return storage.count * DTYPES[storage.kind].itemsize
