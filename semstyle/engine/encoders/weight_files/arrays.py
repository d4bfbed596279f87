"""Finding the arrays in an ``.npz``."""

from __future__ import annotations

import functools
import io
import zipfile
from typing import Any, BinaryIO

import numpy as np
import torch

from semstyle.engine.encoders.weight_files.archive import read_part
from semstyle.engine.encoders.weight_files.forgery import UnusableWeights
from semstyle.engine.encoders.weight_files.stored_tensor import StoredTensor, check_counts, column_major, row_major

SUFFIX = ".npy"
LONGEST_HEADER = 16 * 2**10
DTYPES = {"<f2": torch.float16, "<f4": torch.float32, "<f8": torch.float64}


def stored_arrays(archive: zipfile.ZipFile) -> dict[str, StoredTensor]:
    """Find the arrays in an archive: name → array of numbers with a fraction.

    Raises:
        UnusableWeights: for arrays of anything else, and for one whose size is not that of its member.
    """
    members = [member for member in archive.infolist() if member.filename.endswith(SUFFIX)]
    return {member.filename.removesuffix(SUFFIX): stored_array(archive, member) for member in members}


def stored_array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> StoredTensor:
    head = io.BytesIO(read_part(archive, member.filename, 0, LONGEST_HEADER))
    shape, is_column_major, dtype = header_of(head)
    if dtype.str not in DTYPES:
        raise UnusableWeights(f"an array of {dtype.name[:40]}, not of float16, float32 or float64")
    check_counts(shape)
    stride = column_major(shape) if is_column_major else row_major(shape)
    read = functools.partial(read_part, archive, member.filename)
    stored = StoredTensor(DTYPES[dtype.str], shape, stride, head.tell(), read)
    if stored.stop != member.file_size:
        raise UnusableWeights(f"an array of {stored.stop:,} bytes in {member.file_size:,}")
    return stored


def header_of(head: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read an array's (shape, whether columns are contiguous, type); ``head`` is left at its first number."""
    try:
        version = np.lib.format.read_magic(head)
        if version == (1, 0):
            return np.lib.format.read_array_header_1_0(head)
        return np.lib.format.read_array_header_2_0(head)
    except (ValueError, MemoryError):  # what Python raises where expressions are nested too deep
        raise UnusableWeights("an array with a damaged header") from None
