"""Reading a network from where it is, once per process, and never running what a file brings besides a network."""

from __future__ import annotations

import functools
import hashlib
import io
import zipfile

from semstyle.engine.errors import InputError
from semstyle.maps.asked import Model
from semstyle.maps.networks.network import Network
from semstyle.storage import AllowList, file_version, read_bytes, redact

MODEL_BYTES = 2**30
PICKLE_MARKS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


def load_network(model: Model, allow: AllowList) -> Network:
    """The network of a model.

    Raises:
        InputError: when the file is something else, damaged, or has another SHA-256.
        StorageError: when it cannot be read, is larger than ``MODEL_BYTES``, or is not allowed.
    """
    if model.uri is None:
        return remembered(model, "", ())
    allow.check(model.uri)
    return remembered(model, file_version(model.uri), allow.prefixes)


@functools.lru_cache(maxsize=2)
def remembered(model: Model, version: str, allow: tuple[str, ...]) -> Network:
    """``version`` makes a file that has changed another one."""
    if model.uri is None:
        from semstyle.maps.networks.torchvision_network import downloaded

        assert model.network is not None
        return downloaded(model.network)
    name = redact(model.uri)
    data = read_bytes(model.uri, MODEL_BYTES, AllowList(allow))
    check_digest(data, model.sha256, name)
    if data.startswith(PICKLE_MARKS):
        raise InputError(f"{name}: a pickle, which may run anything when it is read; save the network as ONNX")
    if model.network is not None:
        from semstyle.maps.networks.torchvision_network import with_weights

        return with_weights(model.network, data, name)
    members = archive_members(data, name)
    if members is None:
        from semstyle.maps.networks.onnx_network import onnx_network

        return onnx_network(data, name)
    if not any("/code/" in member for member in members):
        raise InputError(
            f"{name}: holds weights or data without a network; name torchvision's network as auto:NAME@URI, or export "
            "yours to ONNX"
        )
    from semstyle.maps.networks.torchscript_network import torchscript_network

    return torchscript_network(members, name)


def check_digest(data: bytes, sha256: str | None, name: str) -> None:
    if sha256 is not None and (found := hashlib.sha256(data).hexdigest()) != sha256:
        raise InputError(f"{name}: sha256 is {found}, not {sha256}; the file is damaged or another one")


def archive_members(data: bytes, name: str) -> dict[str, bytes] | None:
    """What is in a zip archive, or None when it is none.

    Raises:
        InputError: when it is damaged, or unpacks to more than ``MODEL_BYTES``.
    """
    if not data.startswith(b"PK"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MODEL_BYTES:
                raise InputError(f"{name}: unpacks to more than {MODEL_BYTES:,} bytes")
            return {member.filename: archive.read(member) for member in archive.infolist()}
    except InputError:
        raise
    except Exception:  # zipfile raises a dozen kinds on a damaged or forged archive
        raise InputError(f"{name}: a damaged archive") from None
