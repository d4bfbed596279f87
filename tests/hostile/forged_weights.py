"""Weights as strangers might send them: files that say more than they hold, or ask for more than they are."""

from __future__ import annotations

import io
import json
import math
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

GIB = 2**30
ONE = np.zeros((1, 3, 3, 3), np.float16)


def npz(arrays: Mapping[str, np.ndarray[Any, Any]], write: Callable[..., None] = np.savez) -> bytes:
    file = io.BytesIO()
    write(file, allow_pickle=True, **arrays)
    return file.getvalue()


def archive(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return file.getvalue()


def npy(header: str, content: bytes = b"", version: tuple[int, int] = (1, 0)) -> bytes:
    """An array with any header."""
    text = header.encode() + b"\n"
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H" if version == (1, 0) else "<I", len(text)) + text + content


def npy_header(dtype: str, shape: object, order: bool = False) -> str:
    return repr({"descr": dtype, "fortran_order": order, "shape": shape})


def zeros_bomb(name: str, head: bytes, size: int) -> bytes:
    """An archive with one member: ``head``, then zeros, ``size`` bytes in all. The zeros were compressed once."""
    block = 2**20
    squeeze = zlib.compressobj(9, wbits=-15)
    body = bytearray(squeeze.compress(head) + squeeze.flush(zlib.Z_FULL_FLUSH))
    one = squeeze.compress(bytes(block)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    count, rest = divmod(size - len(head), block)
    body += one * count + squeeze.compress(bytes(rest)) + squeeze.flush()
    extra = struct.pack("<HHQQ", 1, 16, size, len(body))
    encoded = name.encode()
    # The checksum is wrong, which would be seen only once all is read.
    no_sizes = struct.pack("<III", 0, 2**32 - 1, 2**32 - 1)
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 45, 0, 8, 0, 0) + no_sizes
    local += struct.pack("<HH", len(encoded), len(extra)) + encoded + extra
    central = b"PK\x01\x02" + struct.pack("<HHHHHH", 45, 45, 0, 8, 0, 0) + no_sizes
    central += struct.pack("<HHHHHII", len(encoded), len(extra), 0, 0, 0, 0, 0) + encoded + extra
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local) + len(body), 0)
    return local + bytes(body) + central + end


def many_members(count: int) -> bytes:
    """An archive whose directory alone would fill the memory; its members share one place."""
    local = b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0, 0, 0, 0, 1, 0) + b"a"
    entry = b"PK\x01\x02" + struct.pack("<HHHHHHIIIHHHHHII", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    size, place = len(entry) * count, len(local)
    end64 = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size, place)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, place + size, 1)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    return local + entry * count + end64 + locator + end


def safetensors(header: object, content: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content


def entry(dtype: str, shape: list[Any], start: int, stop: int) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


# A pickle of protocol 2, piece by piece.
def text(value: str) -> bytes:
    encoded = value.encode()
    return b"X" + struct.pack("<I", len(encoded)) + encoded


def named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def number(value: int) -> bytes:
    return b"\x8a\x10" + value.to_bytes(16, "little", signed=True)


def sequence(*parts: bytes) -> bytes:
    return b"(" + b"".join(parts) + b"t"


def storage(count: int, kind: str = "FloatStorage") -> bytes:
    return sequence(text("storage"), named("torch", kind), text("0"), text("cpu"), number(count), b"N") + b"Q"


def tensor(count: int, shape: tuple[int, ...], stride: tuple[int, ...], offset: int = 0) -> bytes:
    sizes, steps = (sequence(*map(number, values)) for values in (shape, stride))
    hooks = named("collections", "OrderedDict") + b")R"
    arguments = sequence(storage(count), number(offset), sizes, steps, b"\x89", hooks)
    return named("torch._utils", "_rebuild_tensor_v2") + arguments + b"R"


def state(value: bytes, name: bytes = text("features.0.weight")) -> bytes:
    return b"\x80\x02}" + name + value + b"s."


def called(module: str, name: str, *arguments: bytes) -> bytes:
    return named(module, name) + sequence(*arguments) + b"R"


def legacy(body: bytes, keys: object = ("0",), tail: bytes = b"") -> bytes:
    """A file as torch wrote it before 1.6."""
    head = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": True, "protocol_version": 1001, "type_sizes": {}}]
    listed = list(keys) if isinstance(keys, tuple) else keys
    return b"".join(pickle.dumps(part, 2) for part in head) + body + pickle.dumps(listed, 2) + tail


def zipped(body: bytes, content: bytes = b"", method: int = zipfile.ZIP_STORED) -> bytes:
    """A file as torch writes it now."""
    return archive({"a/data.pkl": body, "a/byteorder": b"little", "a/data/0": content, "a/version": b"3\n"}, method)


def doubled(times: int) -> bytes:
    """Text that each of so many steps makes twice as long."""
    value = text("00" * 32)
    for _ in range(times):
        value = called("_codecs", "encode", value, text("latin1"))
        value = called("_codecs", "encode", value, text("hex"))
    return value


def pairs_of_pairs(depth: int) -> bytes:
    """A tuple that holds one twice that holds one twice…: to hash it takes 2^depth steps."""
    return b")" + b"".join(b"r" + struct.pack("<I", n) + b"j" + struct.pack("<I", n) + b"\x86" for n in range(depth))


def again_and_again() -> bytes:
    """One list of 200,000 pairs, from which 100,000 dicts are made."""
    pairs = b"](" + text("a") + b"K\x00\x86q\x01" + b"h\x01" * 200_000 + b"eq\x00"
    return pairs + named("collections", "OrderedDict") + b"q\x020" + b"h\x02h\x00\x85R0" * 90_000 + b"h\x00"


def array_with_header(header: str) -> bytes:
    return archive({"1_1.weight.npy": npy(header, bytes(16))})


def of_kind(kind: str) -> bytes:
    return FOUR.replace(b"FloatStorage", kind.encode())


def zeros(width: int, channels: int) -> torch.Tensor:
    return torch.zeros(width, channels, 3, 3)


BIAS = torch.zeros(4)


def first(width: int) -> dict[str, torch.Tensor]:
    """A good first layer."""
    return {"1_1.weight": zeros(width, 3), "1_1.bias": torch.full((width,), 7.5)}


def encoder(weights: Mapping[str, torch.Tensor], **options: Any) -> bytes:
    file = io.BytesIO()
    torch.save(dict(weights), file, **options)
    return file.getvalue()


def convolution_of_81_gb() -> bytes:
    """285 kB whose widths make 1_2 a convolution from 47,434 channels to 47,434."""
    shapes = {"1_1.weight": (47_434, 1, 1, 1), "1_1.bias": (47_434,), "1_2.weight": (47_434, 1, 1, 1)}
    return npz({name: np.zeros(shape, np.float16) for name, shape in shapes.items()})


BOMB = npy(npy_header("<f2", (256, 1_022_000, 3, 3)))
FOUR = tensor(4, (4,), (1,))
NUMBERS = struct.pack("<q4f", 4, *range(4))
"""The storage that ``FOUR`` is of, in an old file."""

TOO_MUCH: dict[str, Callable[[], bytes]] = {
    "an npz that unfolds to 4.7 GB": lambda: zeros_bomb("1_1.weight.npy", BOMB, len(BOMB) + 256 * 1_022_000 * 9 * 2),
    "an npz whose header makes a convolution of 81 GB": convolution_of_81_gb,
    "an archive of 1,000,000 members": lambda: many_members(1_000_000),
    "a state dict that unfolds to 900 MB": lambda: zeros_bomb("a/data.pkl", state(FOUR), 900 * 10**6),
    "a bytearray of 800 MB": lambda: legacy(state(called("builtins", "bytearray", number(800 * 10**6)))),
    "a zipped bytearray of 800 MB": lambda: zipped(state(called("builtins", "bytearray", number(800 * 10**6)))),
    "a tensor of 4 GB made out of nothing": lambda: legacy(state(called("torch", "Tensor", number(GIB)))),
    "a text that doubles 22 times": lambda: legacy(state(doubled(22))),
    "a name that takes 2^40 steps to hash": lambda: legacy(state(FOUR, pairs_of_pairs(40)), tail=NUMBERS),
    "names of one list, again and again": lambda: legacy(state(again_and_again())),
    "a header of safetensors that nests": lambda: safetensors(b'{"a":' * 150_000),
    "a header of an array that nests": lambda: archive({"1_1.weight.npy": npy("-" * 9_000 + "1")}),
}

REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    # An .npz
    "an archive of nothing": (lambda: archive({}), "nor a state dict of tensors"),
    "an archive of texts": (lambda: archive({"readme": b"weights"}), "an archive of something else"),
    "half an archive": (lambda: npz({"1_1.weight": ONE})[:200], "nor a state dict of tensors"),
    "an array of objects": (lambda: npz({"1_1.weight": np.array([{}])}), "an array of object"),
    "an array of text": (lambda: npz({"1_1.weight": np.array(["a"])}), "an array of str"),
    "an array of records": (lambda: npz({"1_1.weight": np.zeros(1, "f4,f4")}), "an array of void"),
    "an array of whole numbers": (lambda: npz({"1_1.weight": ONE.astype(int)}), "an array of int64"),
    "an array whose first byte is the largest": (lambda: npz({"1_1.weight": ONE.astype(">f4")}), "an array of float32"),
    "an array of five dimensions": (lambda: npz({"1_1.weight": ONE[None]}), "5 dimensions"),
    "an array larger than its member": (lambda: array_with_header(npy_header("<f4", (2**28, 1, 1, 1))), "bytes in 98"),
    "an array smaller than its member": (lambda: array_with_header(npy_header("<f4", ())), "bytes in 80"),
    "an array of less than nothing": (lambda: array_with_header(npy_header("<f4", (-1, 3, 3, 3))), "a size or place"),
    "an array of no whole size": (lambda: array_with_header(npy_header("<f4", (1.5,))), "a damaged header"),
    "an array of a size beyond reading": (
        lambda: array_with_header(npy_header("<f4", (7,)).replace("7", "7" * 5000)),
        "damaged header",
    ),
    "a header that calls": (lambda: array_with_header("__import__('os').abort()"), "a damaged header"),
    "a header of another version": (lambda: archive({"1_1.weight.npy": npy("{}", version=(9, 9))}), "a damaged header"),
    "a header of 60 kB": (lambda: array_with_header(npy_header("<f4", (1,)) + " " * 60_000), "a damaged header"),
    "a member that is no array": (lambda: archive({"1_1.weight.npy": b"text"}), "a damaged header"),
    "another compression": (
        lambda: archive({"1_1.weight.npy": b""}, zipfile.ZIP_LZMA),
        "another way than",
    ),
    # safetensors
    "a header beyond its file": (lambda: (10**12).to_bytes(8, "little") + b"{}", "a header of 1,000,000,000,000 bytes"),
    "a header cut short": (lambda: safetensors({"a": entry("F32", [1], 0, 4)})[:20], "nor a state dict of tensors"),
    "a header that is no JSON": (lambda: safetensors(b"{header}"), "nor a state dict of tensors"),
    "a tensor of bytes": (lambda: safetensors({"a": entry("U8", [4], 0, 4)}, bytes(4)), "a tensor of 'U8'"),
    "a tensor of no kind": (lambda: safetensors({"a": {**entry("F32", [1], 0, 4), "dtype": []}}), "nor a state dict"),
    "a tensor outside its file": (
        lambda: safetensors({"a": entry("F32", [9], 0, 36)}, bytes(4)),
        "not inside",
    ),
    "a tensor before its file": (lambda: safetensors({"a": entry("F32", [1], -4, 0)}, bytes(4)), "a size or place"),
    "a tensor larger than its place": (
        lambda: safetensors({"a": entry("F32", [9], 0, 4)}, bytes(4)),
        "not its place",
    ),
    "a tensor of 10^18 numbers": (
        lambda: safetensors({"a": entry("F32", [10**9] * 2, 0, 4)}, bytes(4)),
        "not its place",
    ),
    "a tensor of nothing to the power": (lambda: safetensors({"a": entry("F32", [0] * 9, 0, 0)}), "9 dimensions"),
    "a tensor of true": (lambda: safetensors({"a": entry("F32", [True], 0, 4)}, bytes(4)), "a size or place"),
    "a tensor of half a number": (lambda: safetensors({"a": entry("F32", [0.5], 0, 4)}, bytes(4)), "a size or place"),
    "an entry that is none": (lambda: safetensors({"a": 7}), "nor a state dict of tensors"),
    # What torch writes
    "a pickle that calls": (lambda: legacy(state(called("os", "abort"))), "asks for 'os abort'"),
    "a pickle that calls what torch allows": (lambda: zipped(state(called("builtins", "set"))), "'builtins set'"),
    "a pickle of a later protocol": (lambda: legacy(pickle.dumps({"a": b"a"}, 4)), "a pickle with FRAME"),
    "a pickle without an end": (lambda: zipped(state(FOUR)[:-1]), "nor a state dict of tensors"),
    "a pickle of nothing": (lambda: zipped(b"."), "nor a state dict of tensors"),
    "a pickle of 2 MB": (lambda: zipped(state(FOUR) + bytes(2**21)), "a pickle of more than 1,048,576 bytes"),
    "a pickle that takes what is not there": (lambda: zipped(b"\x80\x02}ts."), "nor a state dict of tensors"),
    "a pickle that recalls what it never kept": (lambda: zipped(b"\x80\x02h\x07."), "nor a state dict of tensors"),
    "a list in itself": (lambda: zipped(b"\x80\x02]q\x00h\x00a."), "else than tensors"),
    "a state dict of numbers": (lambda: zipped(state(b"K\x07")), "else than tensors"),
    "a state dict of state dicts": (
        lambda: zipped(state(b"}" + text("a") + FOUR + b"s")),
        "else than tensors",
    ),
    "a name that is a number": (lambda: zipped(state(FOUR, b"K\x07"), bytes(16)), "a name that is not text"),
    "a storage that is a module": (lambda: zipped(state(sequence(text("module"), *[b"N"] * 4) + b"Q")), "a storage"),
    "numbers of another kind": (lambda: zipped(state(of_kind("ComplexFloatStorage"))), "ComplexFloatStorage"),
    "numbers of no kind": (lambda: zipped(state(of_kind("Tensor"))), "numbers of the kind"),
    "numbers that are nowhere": (lambda: legacy(state(FOUR), ()), "nor a state dict of tensors"),
    "numbers that are not all there": (lambda: legacy(state(FOUR), tail=NUMBERS[:-1]), "in the middle of a storage"),
    "fewer numbers than are counted": (lambda: zipped(state(FOUR), bytes(15)), "numbers of 16 bytes in 15"),
    "another count of numbers": (lambda: legacy(state(FOUR), tail=bytes(24)), "another size than its tensor's"),
    "numbers at an address that nests": (lambda: legacy(state(FOUR), ["0", ()], NUMBERS), "a damaged pickle"),
    "numbers before the file": (lambda: zipped(state(tensor(4, (1,), (1,), -1)), bytes(16)), "a size or place"),
    "a tensor larger than its storage": (lambda: zipped(state(tensor(4, (5,), (1,))), bytes(16)), "than its storage"),
    "a tensor beyond its storage": (lambda: zipped(state(tensor(4, (4,), (1,), 1)), bytes(16)), "than its storage"),
    "a tensor of one number, repeated": (lambda: zipped(state(tensor(1, (10**6,), (0,))), bytes(4)), "or repeats"),
    "a tensor that leaves numbers out": (lambda: zipped(state(tensor(9, (2,), (8,))), bytes(36)), "skips or"),
    "a tensor backwards": (lambda: zipped(state(tensor(4, (4,), (-1,), 3)), bytes(16)), "a size or place"),
    "a tensor without its stride": (lambda: zipped(state(tensor(4, (4,), ())), bytes(16)), "dimensions"),
    # An encoder
    "another network": (lambda: encoder({"conv1.weight": torch.zeros(64, 3, 7, 7)}), "no 1_1.weight in it"),
    "a gap": (
        lambda: encoder({"1_1.weight": zeros(4, 3), "1_1.bias": torch.zeros(4), "2_1.weight": zeros(4, 4)}),
        "1_2",
    ),
    "no width": (lambda: encoder({"1_1.weight": zeros(0, 3), "1_1.bias": torch.zeros(0)}), "up to 128, channels"),
    "too wide": (lambda: encoder({"1_1.weight": zeros(129, 3), "1_1.bias": torch.zeros(129)}), "up to 128, channels"),
    "no dimensions": (lambda: encoder({"1_1.weight": torch.tensor(1.0)}), "has shape \\(\\)"),
    "a picture of four channels": (
        lambda: encoder({"1_1.weight": zeros(4, 4), "1_1.bias": zeros(4, 1)}),
        "\\(4, 3, 3, 3",
    ),
    "widths that do not meet": (
        lambda: encoder(first(4) | {"1_2.weight": zeros(4, 5), "1_2.bias": BIAS}),
        "\\(4, 4, 3",
    ),
    "a kernel of five": (lambda: encoder(first(4) | {"1_1.weight": torch.zeros(4, 3, 5, 5)}), "\\(4, 3, 3, 3\\)"),
    "a bias for fewer": (lambda: encoder(first(4) | {"1_1.bias": torch.zeros(3)}), "has shape \\(3,\\), not \\(4,\\)"),
    "a bias of whole numbers": (
        lambda: encoder(first(4) | {"1_1.bias": torch.zeros(4, dtype=torch.int64)}),
        "of int64",
    ),
    "a bias that is no number": (lambda: encoder(first(4) | {"1_1.bias": BIAS * math.nan}), "1_1.bias holds numbers"),
    "an infinite weight": (lambda: encoder(first(4) | {"1_1.bias": BIAS - math.inf}), "1_1.bias holds numbers"),
    "a weight beyond float32": (lambda: encoder(first(4) | {"1_1.bias": BIAS.double() + 1e300}), "1_1.bias holds"),
    "a weight that was damaged": (lambda: encoder(first(4)).replace(struct.pack("<f", 7.5), b"oops"), "is damaged"),
}
