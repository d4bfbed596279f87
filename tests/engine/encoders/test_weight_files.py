"""Files of weights: what torch, NumPy and safetensors read of them, without their readers."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from safetensors.torch import load as load_safetensors
from safetensors.torch import save as save_safetensors
from torch import Tensor

from semstyle.engine.encoders.weight_files import open_archive, stored_tensors
from semstyle.errors import InputError

State = dict[str, Tensor]


def saved(state: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    torch.save(state, file, **options)
    return file.getvalue()


def legacy(state: Any) -> bytes:
    return saved(state, _use_new_zipfile_serialization=False)


def npz(save: Any = np.savez, **arrays: Any) -> bytes:
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue()


def read_all(content: bytes) -> State:
    return {name: stored.read() for name, stored in stored_tensors(io.BytesIO(content), "a file").items()}


def assert_same(found: State, expected: State) -> None:
    assert list(found) == list(expected)
    for name, tensor in expected.items():
        assert found[name].shape == tensor.shape
        torch.testing.assert_close(
            found[name], tensor.float() if tensor.is_floating_point() else tensor, rtol=0, atol=0
        )


@pytest.fixture(scope="module")
def network() -> State:
    """With batch normalisation's counters, which are whole numbers without a dimension."""
    torch.manual_seed(0)
    state: State = torchvision.models.squeezenet1_0().state_dict() | torch.nn.BatchNorm2d(3).state_dict()
    return state


@pytest.mark.parametrize("save", [saved, legacy, save_safetensors])
def test_a_whole_network(network: State, save: Any) -> None:
    content = save(network)
    expected = load_safetensors(content) if save is save_safetensors else torch.load(io.BytesIO(content))
    found = read_all(content)
    assert_same({name: found[name] for name in network}, {name: expected[name] for name in network})
    assert sorted(found) == sorted(network)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int64])
@pytest.mark.parametrize("save", [saved, legacy, save_safetensors])
def test_every_kind_of_number(dtype: torch.dtype, save: Any) -> None:
    state = {"a": torch.arange(-3, 9).reshape(2, 3, 2).to(dtype), "b": torch.tensor(7, dtype=dtype)}
    assert_same(read_all(save(state)), state)


@pytest.mark.parametrize("save", [saved, legacy])
def test_tensors_that_share_their_numbers_or_have_them_in_another_order(save: Any) -> None:
    flat = torch.arange(120.0)
    state = {
        "first": flat[:24].view(2, 3, 2, 2),
        "last": flat[96:].view(2, 3, 4),
        "channels last": torch.rand(4, 3, 2, 2).contiguous(memory_format=torch.channels_last),
        "transposed": torch.rand(4, 3).T,
        "none": torch.empty(0, 3),
        "parameter": torch.nn.Parameter(torch.rand(3)),
    }
    content = save(state)
    assert_same(read_all(content), torch.load(io.BytesIO(content)))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_arrays(save: Any, dtype: Any) -> None:
    rows = np.arange(24).reshape(2, 3, 4).astype(dtype)
    arrays = {"rows": rows, "columns": np.asfortranarray(rows), "one": np.array(7, dtype), "none": rows[:0]}
    found = read_all(npz(save, **arrays))
    assert_same(found, {name: torch.from_numpy(array.copy("C")) for name, array in arrays.items()})


# What Python 2 and torch before 0.4 wrote, by hand.
def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def name(module: str, of: str) -> bytes:
    return f"c{module}\n{of}\n".encode()


STORAGE = b"(" + text("storage") + name("torch", "FloatStorage") + text("7") + text("cpu") + b"K\x06NtQ"
TENSOR = name("torch._utils", "_rebuild_tensor") + b"(" + STORAGE + b"K\x00K\x02K\x03\x86K\x03K\x01\x86tR"
PARAMETER = (
    name("torch.nn.parameter", "Parameter")
    + b")\x81("
    + TENSOR
    + b"N"
    + name("collections", "OrderedDict")
    + b")R\x88\x89tb"
)
OLD: dict[str, bytes] = {
    "a tensor": b"}" + text("w") + TENSOR + b"s.",
    "a parameter, with its tensor in its state": b"}" + text("w") + PARAMETER + b"s.",
    "a dict as a list of pairs": name("collections", "OrderedDict") + b"(](]" + text("w") + b"a" + TENSOR + b"aetR.",
}


def old_file(state: bytes) -> bytes:
    head = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": True, "protocol_version": 1001, "type_sizes": {"int": 4}}]
    pickles = b"".join(pickle.dumps(part, 2) for part in head) + b"\x80\x02" + state + pickle.dumps(["7"], 2)
    return pickles + struct.pack("<q6f", 6, *range(6))


@pytest.mark.parametrize("case", OLD)
def test_a_file_from_before(case: str) -> None:
    content = old_file(OLD[case])
    expected = torch.load(io.BytesIO(content))
    assert isinstance(expected, dict | OrderedDict)
    assert_same(read_all(content), {"w": torch.arange(6.0).reshape(2, 3)})
    assert_same({"w": expected["w"].detach()}, {"w": torch.arange(6.0).reshape(2, 3)})


def test_only_what_is_asked_for_is_read(tmp_path: Path) -> None:
    """The classifier of a VGG-19 is most of its file, and of no use here."""
    path = tmp_path / "weights.pt"
    torch.save({"needed": torch.ones(3), "huge": torch.zeros(1_000_000)}, path)

    class Counted(io.FileIO):
        total = 0

        def readinto(self, buffer: Any) -> int:
            count = super().readinto(buffer) or 0
            Counted.total += count
            return count

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(-1 if size is None else size) or b""
            Counted.total += len(data)
            return data

    with Counted(path) as file:
        stored = stored_tensors(file, "weights.pt")  # type: ignore[arg-type]
        assert stored["huge"].shape == (1_000_000,)
        assert stored["needed"].read().tolist() == [1, 1, 1]
    assert 0 < Counted.total < 200_000


def test_the_limit_of_bytes_is_for_the_file_and_for_what_it_unpacks_to() -> None:
    content = npz(np.savez_compressed, zeros=np.zeros(100_000))
    assert len(content) < 10_000
    with pytest.raises(InputError, match=r"a file: .*it has [\d,]+ bytes, and the most is 100\)"):
        stored_tensors(io.BytesIO(content), "a file", 100)
    with pytest.raises(InputError, match=r"a file: .*it unpacks to 800,128 bytes, and the most is 500,000\)"):
        stored_tensors(io.BytesIO(content), "a file", 500_000)
    stored_tensors(io.BytesIO(content), "a file", 800_128)


def test_an_archive_is_sized_from_its_directory() -> None:
    """For whoever reads archives of another kind."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(1000))
    assert open_archive(file, 1000).read("zeros") == bytes(1000)
    with pytest.raises(ValueError, match="it unpacks to 1,000 bytes, and the most is 999"):
        open_archive(file, 999)
