"""The process of a stranger's network: it reads the file and answers about images until nobody asks any more."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from semstyle.errors import InputError
from semstyle.maps.networks.answers import class_values
from semstyle.maps.networks.confined.confinement import confine
from semstyle.maps.networks.wire import Garbled, receive, send

Image = NDArray[np.float32]


@dataclass(frozen=True)
class Confined:
    """A network that answers (1, 3, H, W) with arrays; ``size`` is the height and width that it takes, None for any."""

    run: Callable[[Image], list[Any]]
    size: tuple[int | None, int | None] = (None, None)


Read = Callable[[bytes, int], Confined]
"""Makes a network of a file's content, given the number of threads that it may use."""


def reader_of(kind: str) -> Read:
    """Return what reads a file of this ``kind``: ``onnx``, ``torchscript``, or the name of torchvision's network.

    Everything that reading and running will need is imported here, as nothing can be imported later.
    """
    return onnx_reader() if kind == "onnx" else torch_reader(kind)


def onnx_reader() -> Read:
    from semstyle.maps.networks.confined.onnx_file import read_onnx

    def read(data: bytes, threads: int) -> Confined:
        network = read_onnx(data, threads)
        return Confined(network.run, network.size)

    return read


def torch_reader(kind: str) -> Read:
    import torch

    from semstyle.maps.networks.confined.torchscript_file import read_torchscript
    from semstyle.maps.networks.torchvision_model import with_weights
    from semstyle.maps.networks.torchvision_network import arrays_of

    torch.set_num_threads(1)  # its threads are started when it is confined
    rehearse(kind)

    def read(data: bytes, threads: int) -> Confined:
        torch.set_num_threads(threads)
        module = read_torchscript(data) if kind == "torchscript" else with_weights(kind, data)

        def run(image: Image) -> list[Any]:
            with torch.no_grad():
                return arrays_of(module(torch.from_numpy(image)))

        return Confined(run)

    return read


def rehearse(kind: str) -> None:
    """Read and run a small network of our own, as torch imports parts of itself only when it comes to them."""
    import torch
    from safetensors.torch import load, save
    from torchvision.models import get_model

    from semstyle.maps.networks.confined.torchscript_file import archive_members, archive_of, check_source

    nothing = {"weight": torch.zeros(1)}
    load(save(nothing))
    file = io.BytesIO()
    torch.save(nothing, file)
    torch.load(io.BytesIO(file.getvalue()), "cpu", weights_only=True)
    file = io.BytesIO()
    torch.save(nothing, file, _use_new_zipfile_serialization=False)
    torch.load(io.BytesIO(file.getvalue()), "cpu", weights_only=True)
    if kind == "torchscript":
        check_source(archive_members(archive_of({"code/a.py": b"a = 1\n"})))
    else:
        model = get_model(kind, weights=None, weights_backbone=None, num_classes=2).eval()
        model.load_state_dict(model.state_dict())
        model(torch.zeros(1, 3, 32, 32))


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Read the network, then answer about one image after another.

    Every error is an answer. Nothing here may print: strangers' words would reach logs.
    """
    first, data = receive(requests, sys.maxsize)
    try:
        read = reader_of(first["kind"])
        confine(first["memory"], first["cpu_seconds"])
        network = read(data, first["threads"])
    except Exception as error:
        send(answers, {"error": in_words(error)})
        return
    send(answers, {"size": network.size})
    while True:
        asked, content = receive(requests, sys.maxsize)
        image = np.frombuffer(bytearray(content), np.float32).reshape(asked["shape"])
        try:
            values = class_values(network.run(image))
            send(answers, {"shape": values.shape}, np.ascontiguousarray(values).tobytes())
        except InputError as error:
            send(answers, {"error": str(error)})
        except Exception as error:  # a stranger's network may raise anything
            height, width = image.shape[2:]
            send(answers, {"error": f"fails on an image of {width}×{height} ({in_words(error)})"})


def in_words(error: Exception) -> str:
    text = str(error)
    if isinstance(error, InputError):
        return text
    if (
        isinstance(error, MemoryError)
        or "bad_alloc" in text
        or "allocate memory" in text
        or "Failed to allocate" in text
    ):
        return "needs more memory than a network may have"
    if isinstance(error, ModuleNotFoundError) and error.name in {"onnx", "onnxruntime"}:
        return "reading ONNX needs a package; pip install 'semstyle[onnx]'"
    return " ".join(text.strip().partition("\n")[0].split())[:200] or type(error).__name__


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no answer
    try:
        serve(sys.stdin.buffer, answers)
    except (Garbled, BrokenPipeError):  # nobody asks any more
        os._exit(0)


if __name__ == "__main__":
    main()
