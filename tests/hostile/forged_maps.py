"""Files that strangers send as semantic maps, and a pickle that leaves a mark when it is loaded."""

from __future__ import annotations

import pickle
import struct
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from forged_images import SVG, plain, saved


class Mark:
    """Makes the folder ``path`` when unpickled: what a hostile pickle would do worse."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.mkdir, (self.path,)


def pickled(mark: Path) -> bytes:
    return pickle.dumps(Mark(mark))


def npy(array: Any, **options: Any) -> bytes:
    file = BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def npz(**arrays: Any) -> bytes:
    file = BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def header(shape: str, descr: str = "<f4", version: tuple[int, int] = (1, 0)) -> bytes:
    """A ``.npy`` of a header alone."""
    body = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H" if version == (1, 0) else "<I", len(body)) + body


def filled(value: float, shape: tuple[int, ...] = (8, 12, 3), dtype: str = "f8") -> bytes:
    return npy(np.full(shape, value, dtype))


REFUSED: dict[str, tuple[bytes, str]] = {
    "zero bytes": (b"", "the file is empty"),
    "svg": (SVG, "not a PNG"),
    "text": (b"0 0 0\n1 1 1\n", "not a PNG"),
    "grey, where the other has colours": (saved(plain("L")), "channels differ"),
    "four channels, where the other has three": (filled(0.5, (8, 12, 4)), "channels differ"),
    "another aspect": (filled(0.5, (12, 12, 3)), "another aspect"),
    "half a png": (saved(plain("RGB"))[:60], "damaged|not a PNG"),
    "not a number": (filled(float("nan")), "not finite"),
    "one number that is none": (npy(np.where(np.arange(288).reshape(8, 12, 3) == 7, np.nan, 0.0)), "not finite"),
    "infinite": (filled(float("inf")), "not finite"),
    "too large for its type": (filled(1e300), "not finite"),
    "huge numbers": (filled(3e38, dtype="f4"), "beyond ±1e"),
    "text in an array": (npy(np.full((8, 12), "lake")), "array of <U4"),
    "bytes in an array": (npy(np.full((8, 12), b"lake")), "array of |S4"),
    "dates": (npy(np.zeros((8, 12), "M8[s]")), "array of datetime64"),
    "complex numbers": (npy(np.zeros((8, 12), "c8")), "array of complex64"),
    "named fields": (npy(np.zeros((8, 12), [("r", "f4"), ("g", "f4")])), "array of"),
    "raw bytes": (npy(np.zeros((8, 12), "V3")), "array of"),
    "a single row": (npy(np.zeros(12)), "shape"),
    "four dimensions": (npy(np.zeros((1, 8, 12, 3))), "shape"),
    "no dimension": (npy(np.float32(1)), "shape"),
    "no rows": (npy(np.zeros((0, 12, 3))), "without pixels"),
    "no channels": (npy(np.zeros((8, 12, 0))), "does not fit"),
    "too many channels": (npy(np.zeros((8, 12, 1025), "u1")), "1,025 channels"),
    "a million channels": (npy(np.zeros((1, 1, 10**6), "u1")), "1,000,000 channels"),
    "cut short": (filled(0.5)[:-100], "does not fit"),
    "with more behind it": (filled(0.5) + b"more", "does not fit"),
    "60,000 by 60,000": (header("(60000, 60000, 3)"), "more than 67,108,864 pixels"),
    "sides below zero": (header("(-8, -12, 3)"), "shape"),
    "sides beyond any integer": (header(f"({10**30}, 12, 3)"), "more than 67,108,864 pixels"),
    "sides that are text": (header("('8', '12')"), "damaged .npy header"),
    "a header that calls": (header("__import__('os').getcwd()"), "damaged .npy header"),
    "a header that nests": (header("(" * 3000), "damaged .npy header"),
    "an object type without objects": (header("(8, 12, 3)", "|O"), "array of object"),
    "a version of the future": (header("(8, 12, 3)", version=(9, 0)), "version"),
    "a header that ends early": (b"\x93NUMPY\x01\x00\xff\xff{", "damaged .npy header"),
    "several arrays": (npz(a=np.zeros((8, 12, 3))), "not a PNG"),
}
"""Files that are no map for a style of three channels and 3:2: content, and a pattern of what the one line says."""

ACCEPTED: dict[str, bytes] = {
    "png": saved(plain("RGB")),
    "smaller than its image": saved(plain("RGB", (12, 8))),
    "jpeg": saved(plain("RGB"), "JPEG"),
    "cmyk jpeg": saved(plain("CMYK"), "JPEG"),
    "palette": saved(plain("RGB").quantize(4)),
    "opaque alpha": saved(plain("RGBA")),
    "half precision": filled(0.5, dtype="f2"),
    "large numbers": filled(1e6, dtype="f4"),
    "truth values": npy(np.zeros((8, 12, 3), bool)),
    "big-endian": npy(np.ones((8, 12, 3), ">u2")),
    "column by column": npy(np.asfortranarray(np.zeros((8, 12, 3)))),
    "one pixel": npy(np.zeros((1, 1, 3))),
}
