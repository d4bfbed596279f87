"""Reading a network from where it is; nothing that a file brings ever runs in this process."""

from __future__ import annotations

import functools
import hashlib
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from semstyle.errors import InputError
from semstyle.maps.asked import Model
from semstyle.maps.networks.network import Network
from semstyle.maps.networks.process import confined
from semstyle.storage import AllowList, file_version, read_bytes, redact

MODEL_BYTES = 2**30
PICKLE_MARKS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


@dataclass(frozen=True)
class ModelFile:
    """A network's file.

    Attributes:
        kind: ``onnx``, ``torchscript``, or the name of torchvision's network whose weights it holds.
        name: What to call it in messages.
    """

    kind: str
    data: bytes
    name: str


@contextmanager
def opened(model: Model, allow: AllowList, torchscript: bool = False) -> Iterator[Network]:
    """Open the network of a model, ready to run: torchvision's own in this process, a file's in a confined one.

    Args:
        torchscript: Whether a network in TorchScript, which is a program, may be read.

    Raises:
        InputError: when the file is something else, damaged, or has another SHA-256; also while the network runs.
        StorageError: when it cannot be read, is larger than ``MODEL_BYTES``, or is not allowed.
    """
    if model.uri is None:
        yield torchvisions_own(str(model.network))
        return
    allow.check(model.uri)
    file = read_model(model, file_version(model.uri), allow)
    if file.kind == "torchscript" and not torchscript:
        raise InputError(
            f"{file.name}: TorchScript is a program, and is read only with --allow-torchscript; save the network as "
            "ONNX"
        )
    with confined(file.kind, file.data, file.name) as process:
        yield Network(process.answer, file.name, process.size)


@functools.lru_cache(maxsize=2)
def torchvisions_own(network: str) -> Network:
    from semstyle.maps.networks.torchvision_network import downloaded

    return downloaded(network)


@functools.lru_cache(maxsize=2)
def read_model(model: Model, version: str, allow: AllowList) -> ModelFile:
    """Read the file of a model; as a part of the cache's key, ``version`` lets a changed file be read anew."""
    assert model.uri is not None
    name = redact(model.uri)
    data = read_bytes(model.uri, MODEL_BYTES, allow)
    check_digest(data, model.sha256, name)
    if data.startswith(PICKLE_MARKS):
        raise InputError(f"{name}: a pickle, which may run anything when it is read; save the network as ONNX")
    return ModelFile(model.network or kind_of(data, name), data, name)


def kind_of(data: bytes, name: str) -> str:
    """Return ``onnx`` or ``torchscript``, whichever the file's network is in.

    Raises:
        InputError: when it is an archive without a network.
    """
    if not data.startswith(b"PK"):
        return "onnx"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except Exception:  # zipfile raises a dozen kinds on a damaged or forged archive
        raise InputError(f"{name}: a damaged archive") from None
    if not any("/code/" in member for member in names):
        raise InputError(
            f"{name}: holds weights or data without a network; name torchvision's network as auto:NAME@URI, or export "
            "yours to ONNX"
        )
    return "torchscript"


def check_digest(data: bytes, sha256: str | None, name: str) -> None:
    if sha256 is not None and (found := hashlib.sha256(data).hexdigest()) != sha256:
        raise InputError(f"{name}: sha256 is {found}, not {sha256}; the file is damaged or another one")
