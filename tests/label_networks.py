"""Small pixel-labelling networks in every kind of file: each labels by brightness of red, green and blue."""

from __future__ import annotations

import io
import warnings
import zipfile
from pathlib import Path
from typing import Any

import onnx
import torch
import torchvision  # noqa: F401  (its operations are there once it is imported)
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn


class Colors(nn.Module):
    """A class for each primary colour, and one that is nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Conv2d(3, 4, 1, bias=False)
        self.mix.weight.data = torch.tensor([[4.0, 0, 0], [0, 4, 0], [0, 0, 4], [0, 0, 0]])[:, :, None, None]

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        values = self.mix(image)
        return {"out": torch.cat([values[:, :3], values[:, 3:] - 50], 1)}


class Writes(nn.Module):
    """Answers with an image, and makes a file for it."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def forward(self, image: Tensor) -> Tensor:
        return image + torch.from_file(self.path, True, 1).mean()


class Wakes(nn.Module):
    """Runs something while it is loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.training = False

    @torch.jit.export
    def __getstate__(self) -> bool:
        return self.training

    @torch.jit.export
    def __setstate__(self, state: bool) -> None:
        self.training = state

    def forward(self, image: Tensor) -> Tensor:
        return image


class Reads(nn.Module):
    """Answers with what a file holds."""

    def forward(self, image: Tensor) -> Tensor:
        return torch.ops.image.read_file("/etc/hostname")


class Prints(nn.Module):
    """Writes to the log of whoever runs it."""

    def forward(self, image: Tensor) -> Tensor:
        print("hello")
        return image


class OneValue(nn.Module):
    """Answers with a value for the whole image."""

    def forward(self, image: Tensor) -> Tensor:
        return image.mean((2, 3))


class Fails(nn.Module):
    """Takes no image of this size."""

    def forward(self, image: Tensor) -> Tensor:
        return image.view(7, 11, -1)


class NotFinite(nn.Module):
    """Answers with nothing that can be compared."""

    def forward(self, image: Tensor) -> Tensor:
        return image / 0.0


def scripted(network: nn.Module, path: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(network), str(path))
    return path


def onnx_bytes(sides: tuple[Any, Any] = ("h", "w"), channels: int = 3, rank: int = 4) -> bytes:
    """:class:`Colors` in ONNX; ``sides`` are height and width that it takes, text for any."""
    weight = numpy_helper.from_array(Colors().mix.weight.detach().numpy(), "weight")
    bias = numpy_helper.from_array(torch.tensor([0.0, 0, 0, -50]).numpy(), "bias")
    nodes = [helper.make_node("Conv", ["image", "weight", "bias"], ["classes"])]
    answer = ["batch", 4, *sides]
    if rank == 2:
        nodes = [helper.make_node("ReduceMean", ["image"], ["classes"], keepdims=0, axes=[2, 3])]
        answer = ["batch", channels]
    graph = helper.make_graph(
        nodes,
        "colors",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, channels, *sides])],
        [helper.make_tensor_value_info("classes", TensorProto.FLOAT, answer)],
        [weight, bias] if rank == 4 else [],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    return bytes(model.SerializeToString())


def onnx_with_outside_data(location: str) -> bytes:
    """Its weights are said to be in a file of the machine that reads it."""
    model = onnx.load_from_string(onnx_bytes())
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, "offset": "0", "length": "48"}.items():
        entry = weight.external_data.add()
        entry.key, entry.value = key, value
    return bytes(model.SerializeToString())


def archive(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in members.items():
            written.writestr(name, content)
    return file.getvalue()
