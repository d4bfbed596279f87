"""Reading networks in ONNX, which are checked as data before onnxruntime reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from semstyle.errors import InputError

ONLY_FATAL = 4
LARGEST_SIDE = 4096
STANDARD_DOMAINS = {"", "ai.onnx", "ai.onnx.ml"}
"""The domains of operators that are ONNX's own. Others belong to one runtime, and may do more than compute."""


@dataclass(frozen=True)
class OnnxNetwork:
    """A network that is ready to run.

    Attributes:
        run: Returns all the network's answers to an image (1, 3, H, W).
        size: Height and width that it takes, None where it takes any.
    """

    run: Callable[[NDArray[np.float32]], list[Any]]
    size: tuple[int | None, int | None]


def read_onnx(data: bytes, threads: int) -> OnnxNetwork:
    """Read the network in an ONNX file; it takes one image, (1, 3, height, width) of single precision.

    Raises:
        InputError: when it is not ONNX, keeps data in other files, uses operators that are not ONNX's own, or takes
            something else.
    """
    check_model(data)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = ONLY_FATAL
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except MemoryError:
        raise
    except Exception as error:  # it raises a kind for each of its status codes
        raise InputError(f"not a network in ONNX that can be run ({first_line(error)})") from None
    size = taken_size(session.get_inputs())
    (taken,) = session.get_inputs()
    return OnnxNetwork(lambda image: session.run(None, {taken.name: image}), size)


def check_model(data: bytes) -> None:
    """Raise :class:`InputError` unless ``data`` is ONNX that refers to nothing outside itself."""
    try:
        model = onnx.load_model_from_string(data)
    except Exception:  # protobuf's and onnx's own errors have nothing in common
        raise InputError("not a network in ONNX") from None
    if not model.graph.output:
        raise InputError("not a network in ONNX")
    functions = {function.domain for function in model.functions}
    nodes = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    for tensor in (*tensors_of(model.graph), *(tensor for node in nodes for tensor in tensors_of_node(node))):
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            raise InputError("keeps weights in other files; save it as one file")
    for node in all_nodes(nodes):
        if node.domain not in STANDARD_DOMAINS | functions:
            raise InputError(f"uses {node.domain}::{node.op_type}, which is not one of ONNX's own operators"[:200])


def all_nodes(nodes: Iterable[Any]) -> Iterator[Any]:
    """Yield ``nodes`` and those of the graphs inside them."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [inner for graph in graphs_of_node(node) for inner in graph.node]


def graphs_of_node(node: Any) -> Iterator[Any]:
    for attribute in node.attribute:
        yield from (attribute.g, *attribute.graphs)


def tensors_of(graph: Any) -> Iterator[Any]:
    """Yield the weights of a graph and of the graphs inside it."""
    yield from graph.initializer
    yield from (part for sparse in graph.sparse_initializer for part in (sparse.values, sparse.indices))
    for node in graph.node:
        yield from tensors_of_node(node)


def tensors_of_node(node: Any) -> Iterator[Any]:
    for attribute in node.attribute:
        yield from (attribute.t, *attribute.tensors)
        for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
            yield from (sparse.values, sparse.indices)
    for graph in graphs_of_node(node):
        yield from tensors_of(graph)


def taken_size(inputs: Any) -> tuple[int | None, int | None]:
    """Return the height and width that the network takes; None for any."""
    if len(inputs) == 1 and inputs[0].type == "tensor(float)" and len(inputs[0].shape) == 4:
        batch, channels, height, width = (side if isinstance(side, int) else None for side in inputs[0].shape)
        if (
            batch in {None, 1}
            and channels in {None, 3}
            and all(side is None or 0 < side <= LARGEST_SIDE for side in (height, width))
        ):
            return height, width
    found = ", ".join(f"{one.type} {one.shape}" for one in inputs) or "nothing"
    raise InputError(f"takes {found}, and not one image: tensor(float) [1, 3, height, width]")


def first_line(error: Exception) -> str:
    return " ".join(str(error).strip().partition("\n")[0].split())[:200] or type(error).__name__
