"""The encoders that the compact one learns from."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor, nn

from semstyle.engine.encoder import Encoder, Pooling
from semstyle.engine.layers import CONVOLUTIONS_PER_BLOCK, LAYERS


def compressed_vgg19(path: Path, pooling: Pooling = "average") -> Encoder:
    """A VGG-19 stored as ``convNM.weight`` behind a 1×1 ``conv0``, as published with Wang et al. (2020)."""
    state = load_file(path)
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
