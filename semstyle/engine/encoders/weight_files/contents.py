"""Telling the kinds of files of weights apart."""

from __future__ import annotations

from typing import BinaryIO

from semstyle.engine.encoders.weight_files.archive import open_archive
from semstyle.engine.encoders.weight_files.arrays import SUFFIX, stored_arrays
from semstyle.engine.encoders.weight_files.forgery import UnusableWeights, one_clear_line
from semstyle.engine.encoders.weight_files.plain_file import read_at, size_of
from semstyle.engine.encoders.weight_files.safetensors_layout import stored_safetensors
from semstyle.engine.encoders.weight_files.stored_tensor import MOST_BYTES, StoredTensor
from semstyle.engine.encoders.weight_files.torch_layout import stored_in_archive, stored_one_after_another

ZIP_MAGIC = b"PK\x03\x04"


def stored_tensors(file: BinaryIO, source: str, most_bytes: int = MOST_BYTES) -> dict[str, StoredTensor]:
    """Find the tensors in a file of weights: name → tensor. Only names, shapes and places are read yet.

    The file must stay open while tensors are read.

    Args:
        source: What to call it in errors.

    Raises:
        InputError: the file is of no kind that is read, damaged, or larger than ``most_bytes``, also unpacked.
    """
    with one_clear_line(
        f"weights {source}: neither an .npz nor safetensors nor a state dict of tensors; give one of these"
    ):
        return contents(file, most_bytes)


def contents(file: BinaryIO, most_bytes: int) -> dict[str, StoredTensor]:
    if (size := size_of(file)) > most_bytes:
        raise UnusableWeights(f"it has {size:,} bytes, and the most is {most_bytes:,}")
    start = read_at(file, 0, 9)
    if start.startswith(ZIP_MAGIC):
        archive = open_archive(file, most_bytes)
        is_npz = any(name.endswith(SUFFIX) for name in archive.namelist())
        return stored_arrays(archive) if is_npz else stored_in_archive(archive)
    return stored_safetensors(file) if start[8:] == b"{" else stored_one_after_another(file)
