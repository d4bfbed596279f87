"""Finding the tensors in a safetensors file: eight bytes of length, a header of JSON, and the numbers."""

from __future__ import annotations

import functools
import json
from typing import Any, BinaryIO

import torch

from semstyle.engine.encoders.weight_files.forgery import UnusableWeights
from semstyle.engine.encoders.weight_files.plain_file import read_at, size_of
from semstyle.engine.encoders.weight_files.stored_tensor import StoredTensor, check_counts, row_major

LENGTH_BYTES = 8
LONGEST_HEADER = 2**20
METADATA = "__metadata__"
DTYPES = {
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F32": torch.float32,
    "F64": torch.float64,
    "I64": torch.int64,  # counters of batch normalisation, which torchvision's networks bring along
}


def stored_safetensors(file: BinaryIO) -> dict[str, StoredTensor]:
    """Find the tensors in a file: name → tensor of numbers with a fraction, or of int64.

    Raises:
        UnusableWeights: for tensors of anything else, and for one that is not inside the file.
    """
    length = int.from_bytes(read_at(file, 0, LENGTH_BYTES), "little")
    if length > LONGEST_HEADER:
        raise UnusableWeights(f"a header of {length:,} bytes, and the most is {LONGEST_HEADER:,}")
    begin, end = LENGTH_BYTES + length, size_of(file)
    header = json.loads(read_at(file, LENGTH_BYTES, length))
    tensors = {name: entry for name, entry in header.items() if name != METADATA}
    return {name: stored_tensor(file, entry, begin, end) for name, entry in tensors.items()}


def stored_tensor(file: BinaryIO, entry: dict[str, Any], begin: int, end: int) -> StoredTensor:
    """Return the tensor of one entry of the header; the file's numbers are from ``begin`` to ``end``."""
    dtype, shape, (first, last) = entry["dtype"], entry["shape"], entry["data_offsets"]
    if dtype not in DTYPES:
        raise UnusableWeights(f"a tensor of {str(dtype)[:20]!r}")
    check_counts((*shape, first, last))
    stored = StoredTensor(
        DTYPES[dtype], tuple(shape), row_major(shape), begin + first, functools.partial(read_at, file)
    )
    if stored.stop != begin + last or stored.stop > end:
        raise UnusableWeights("a tensor whose size is not its place's, or that is not inside the file")
    return stored
