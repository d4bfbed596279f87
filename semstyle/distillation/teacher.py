"""This module loads the encoders that the compact one learns from."""

from __future__ import annotations

from pathlib import Path

from safetensors import safe_open
from torch import Tensor, nn

from semstyle import storage
from semstyle.engine.encoders.encoder import Encoder, Pooling
from semstyle.engine.encoders.loading import load_encoder, read_tensors
from semstyle.engine.layers import CONVOLUTIONS_PER_BLOCK, LAYERS
from semstyle.engine.named_encoders import is_named


def load_teacher(name: str, pooling: Pooling = "average") -> Encoder:
    """Load ``vgg19``, or weights from a URI: what :func:`load_encoder` reads, and compressed VGG-19s too.

    Raises:
        SemstyleError: there are no such weights, or they are not an encoder's.
    """
    if is_named(name):
        return load_encoder(name, pooling)
    with storage.local_path(name) as path:
        return compressed_vgg19(path, pooling) if is_compressed_vgg19(path) else load_encoder(str(path), pooling)


def is_compressed_vgg19(path: Path) -> bool:
    try:
        with safe_open(path, "pt") as file:
            return "conv0.weight" in file.keys()  # noqa: SIM118 (it is no mapping)
    except Exception:  # not safetensors; what its reader raises then is not documented
        return False


def compressed_vgg19(path: Path, pooling: Pooling = "average") -> Encoder:
    """Load a VGG-19 stored as ``convNM.weight`` behind a 1×1 ``conv0``, as published with Wang et al. (2020)."""
    state = read_tensors(path)
    layers = [layer for layer in LAYERS if f"conv{layer.replace('_', '')}.weight" in state]
    widths = [
        state[f"conv{block}1.weight"].shape[0]
        for block in range(1, len(CONVOLUTIONS_PER_BLOCK) + 1)
        if f"conv{block}1.weight" in state
    ]
    encoder = Encoder(widths, layers[-1], pooling)
    for layer in layers:
        copy_convolution(encoder.convolutions[layer], state, f"conv{layer.replace('_', '')}")
    encoder.fold_normalization(state["conv0.weight"][:, :, 0, 0], state["conv0.bias"])
    return encoder.requires_grad_(False)


def copy_convolution(convolution: nn.Module, state: dict[str, Tensor], name: str) -> None:
    convolution.load_state_dict({"weight": state[f"{name}.weight"], "bias": state[f"{name}.bias"]})
