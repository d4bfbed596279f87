"""Networks in ONNX, run by onnxruntime on the CPU."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from semstyle.engine.errors import InputError
from semstyle.maps.networks.network import Network

ONLY_FATAL = 4


def onnx_network(data: bytes, name: str) -> Network:
    """The network in an ONNX file; it takes one image, (1, 3, height, width) of single precision.

    Raises:
        InputError: when it is not ONNX, takes something else, or onnxruntime is not installed.
    """
    try:
        import onnxruntime
    except ModuleNotFoundError:
        raise InputError(f"{name}: reading ONNX needs a package; pip install 'semstyle[onnx]'") from None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = ONLY_FATAL
    options.intra_op_num_threads = torch.get_num_threads()
    options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception:  # it raises a kind for each of its status codes
        raise InputError(f"{name}: not a network in ONNX that can be read, and not TorchScript") from None
    size = taken_size(session.get_inputs(), name)
    (taken,) = session.get_inputs()

    def run(image: Tensor) -> list[Tensor]:
        answers = session.run(None, {taken.name: image.numpy()})
        return [torch.from_numpy(answer) for answer in answers if getattr(answer, "dtype", None) is not None]

    return Network(run, name, size)


def taken_size(inputs: Any, name: str) -> tuple[int | None, int | None]:
    """Height and width that the network takes; None for any."""
    if len(inputs) == 1 and inputs[0].type == "tensor(float)" and len(inputs[0].shape) == 4:
        batch, channels, height, width = (side if isinstance(side, int) else None for side in inputs[0].shape)
        if (
            batch in {None, 1}
            and channels in {None, 3}
            and all(side is None or 0 < side <= 4096 for side in (height, width))
        ):
            return height, width
    found = ", ".join(f"{one.type} {one.shape}" for one in inputs) or "nothing"
    raise InputError(f"{name}: takes {found}, and not one image: tensor(float) [1, 3, height, width]")
