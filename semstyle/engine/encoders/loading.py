"""Finding, checking and loading an encoder's weights."""

from __future__ import annotations

import copy
import functools
import hashlib
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, cast

import torch
from torch import Tensor

from semstyle.engine.encoders.encoder import Encoder, Padding, Pooling
from semstyle.engine.encoders.weight_files import MOST_BYTES, StoredTensor, one_clear_line, stored_tensors
from semstyle.engine.layers import LAYERS, block_of
from semstyle.engine.named_encoders import ENCODERS, PIXELS, VGG19, described, is_named
from semstyle.engine.parameters import Parameters
from semstyle.errors import InputError, RenderError

COMPACT_FILE = Path(__file__).with_name("weights") / "compact.npz"
MOST_WIDTHS = tuple(2 * width for width in VGG19.widths)
"""The largest widths of encoders that are read, so that what a render needs is bounded before it starts."""
# Positions of the convolutions in torchvision's ``features``; ReLUs and poolings are counted there too.
VGG19_POSITIONS = dict(zip(LAYERS, (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34), strict=True))
VGG19_NAMES = {layer: f"features.{position}" for layer, position in VGG19_POSITIONS.items()}

Load = Callable[[Pooling], Encoder]
"""The function that loads a named encoder; it may be called again and again."""
StateDict = dict[str, Tensor]
Weights = Mapping[str, Tensor] | Mapping[str, StoredTensor]
"""Weights by name; of those in a file only the ones that are needed are read."""


def encoder_of(parameters: Parameters) -> Encoder:
    """Return the frozen encoder that ``parameters`` ask for, at their precision; raises as :func:`load_encoder`.

    Methods that need no encoder get the pixels, whatever is asked for.
    """
    name = parameters.encoder if parameters.traits.needs_encoder else PIXELS.name
    encoder = load_encoder(name, cast(Pooling, parameters.pooling))
    is_single = parameters.precision == "single" or not described(name).has_precision
    return encoder if is_single else _halved(encoder)


@functools.lru_cache(maxsize=4)
def _halved(encoder: Encoder) -> Encoder:
    return copy.deepcopy(encoder).to(torch.bfloat16)


def load_encoder(name: str, pooling: Pooling = "average", sha256: str | None = None) -> Encoder:
    """Return a frozen encoder, ready for images in 0..1. It is loaded once per process: treat it as read-only.

    Args:
        name: One of :data:`semstyle.engine.named_encoders.ENCODERS`, or a local file: VGG-19 as safetensors or a
            torchvision state dict, or an ``.npz`` that ``jobs/distill_encoder.py`` wrote.
        pooling: ``average`` or ``max``.
        sha256: Hexadecimal digest that the file must have.

    Raises:
        InputError: the file is missing, is not what it should be, or has another digest.
        RenderError: VGG-19 could not be downloaded.
    """
    if is_named(name):
        if sha256 is not None:
            raise InputError(f"encoder {name}: it is checked by whoever brings it; give sha256 only with a file")
        load: Load = resolve_name(ENCODERS[name].loader)
        return load(pooling)
    return load_file(Path(name), pooling, sha256)


def load_file(path: Path, pooling: Pooling, sha256: str | None = None) -> Encoder:
    """Load the encoder in a file of weights; raises as :func:`load_encoder`."""
    name = str(path)
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise InputError(
            f"encoder {name}: there is no such file; give {', '.join(ENCODERS)}, or a file of weights"
        ) from error
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"encoder {name}: this is not a file")
    if not os.access(path, os.R_OK):
        raise InputError(f"encoder {name}: access is denied; check its permissions")
    if status.st_size > MOST_BYTES:  # before its digest is taken
        raise InputError(f"weights {path.name}: it has {status.st_size:,} bytes, and the most is {MOST_BYTES:,}")
    return _load_file(path, pooling, sha256, (status.st_mtime_ns, status.st_size))


def load_compact(pooling: Pooling) -> Encoder:
    """Load the encoder in the package."""
    return load_file(COMPACT_FILE, pooling)


@functools.lru_cache(maxsize=2)
def load_vgg19(pooling: Pooling) -> Encoder:
    """Load torchvision's VGG-19; raises as :func:`download_vgg19`."""
    return vgg19_encoder(download_vgg19(), "torchvision's VGG-19", pooling)


@functools.lru_cache(maxsize=4)
def _load_file(path: Path, pooling: Pooling, sha256: str | None, version: tuple[int, int]) -> Encoder:
    """Load a file; as a part of the cache's key, ``version`` (time and size) lets a changed file be read anew."""
    if sha256 is not None:
        check_digest(path, sha256)
    with path.open("rb") as file:
        weights = stored_tensors(file, path.name)
        is_vgg19 = any(name.startswith("features.") for name in weights)
        return (vgg19_encoder if is_vgg19 else compact_encoder)(weights, path.name, pooling)


def compact_encoder(arrays: Weights, source: str, pooling: Pooling = "average") -> Encoder:
    """Make an encoder of any depth, and of widths up to ``MOST_WIDTHS``, of ``<layer>.weight`` and ``<layer>.bias``."""
    layers = [layer for layer in LAYERS if f"{layer}.weight" in arrays]
    if not layers:
        raise InputError(f"weights {source}: no 1_1.weight in it; this is not an encoder made by distill_encoder")
    widths = [1] * len(MOST_WIDTHS)
    for layer in reversed(layers):
        widths[block_of(layer) - 1] = width_of(arrays, layer, source)
    return _made(widths, layers[-1], str, arrays, source, pooling)


def width_of(arrays: Weights, layer: str, source: str) -> int:
    """Return how many channels ``layer`` has."""
    shape, most = tuple(arrays[f"{layer}.weight"].shape), MOST_WIDTHS[block_of(layer) - 1]
    if len(shape) != 4 or not 1 <= shape[0] <= most:
        raise InputError(f"weights {source}: {layer}.weight has shape {shape}, not (up to {most}, channels, 3, 3)")
    return shape[0]


def vgg19_encoder(state: Weights, source: str, pooling: Pooling = "average", padding: Padding = "reflect") -> Encoder:
    """Make a VGG-19 of torchvision's ``features.<position>.weight`` and ``.bias``; other keys are ignored.

    ImageNet's normalisation is folded into the first convolution. Under zero padding that would not be
    exact, so an encoder with such padding takes images that are normalised already.
    """
    names = VGG19_NAMES.__getitem__
    encoder = _made(VGG19.widths, LAYERS[-1], names, state, source, pooling, VGG19.pooling_gain, padding)
    if padding == "reflect":
        mean, deviation = torch.tensor(VGG19.mean), torch.tensor(VGG19.deviation)
        encoder.fold_normalization(torch.diag(1 / deviation), -mean / deviation)
    return encoder


def download_vgg19() -> StateDict:
    """Return the weights of torchvision's VGG-19, by torchvision's own loader and its cache.

    Raises:
        RenderError: the download failed.
    """
    from torchvision.models import VGG19_Weights

    weights = VGG19_Weights.IMAGENET1K_V1
    try:
        state: StateDict = weights.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except (OSError, RuntimeError) as error:
        raise RenderError(
            f"encoder vgg19: could not download {weights.url} ({error}); "
            "download it elsewhere and give the file's path or URI as encoder"
        ) from error
    return state


def check_digest(path: Path, sha256: str) -> None:
    """Raise :class:`InputError` unless the file has this SHA-256."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256.strip().lower():
        raise InputError(f"weights {path.name}: sha256 is {found}, not {sha256}; the file is damaged or another one")


def read_tensors(path: Path) -> StateDict:
    """Read all of a file of weights of any kind: name → float32 tensor; raises as :func:`load_encoder`."""
    with path.open("rb") as file:
        return {name: read(stored, name, path.name) for name, stored in stored_tensors(file, path.name).items()}


def read(weight: Tensor | StoredTensor, name: str, source: str) -> Tensor:
    """Return ``weight``, which is read from its file if it is still there.

    Raises:
        InputError: it is damaged, or holds a NaN or an infinite number.
    """
    with one_clear_line(f"weights {source}: {name} is damaged"):
        tensor = weight if isinstance(weight, Tensor) else weight.read()
    if not tensor.isfinite().all():
        raise InputError(f"weights {source}: {name} holds numbers that are infinite or none at all")
    return tensor


@torch.no_grad()
def _made(
    widths: Sequence[int],
    deepest: str,
    names: Callable[[str], str],
    weights: Weights,
    source: str,
    *options: Any,
) -> Encoder:
    """Make a frozen encoder of ``<names(layer)>.weight`` and ``.bias``, once it is clear that all are there and fit."""
    for name, shape in expected_shapes(widths, deepest, names).items():
        if name not in weights:
            raise InputError(f"weights {source}: {name} is missing")
        found, dtype = tuple(weights[name].shape), weights[name].dtype
        if found != shape:
            raise InputError(f"weights {source}: {name} has shape {found}, not {shape}")
        if not dtype.is_floating_point:
            raise InputError(f"weights {source}: {name} is of {str(dtype).removeprefix('torch.')}, not of float32")
    encoder = Encoder(widths, deepest, *options)
    for layer in encoder.layers:
        for part, parameter in encoder.convolutions[layer].named_parameters():
            name = f"{names(layer)}.{part}"
            parameter.copy_(read(weights[name], name, source))
    return encoder.requires_grad_(False).eval()


def expected_shapes(widths: Sequence[int], deepest: str, names: Callable[[str], str]) -> dict[str, tuple[int, ...]]:
    """Return the shape that each weight of an encoder has: name → shape."""
    shapes: dict[str, tuple[int, ...]] = {}
    channels = 3
    for layer in LAYERS[: LAYERS.index(deepest) + 1]:
        width = widths[block_of(layer) - 1]
        shapes |= {f"{names(layer)}.weight": (width, channels, 3, 3), f"{names(layer)}.bias": (width,)}
        channels = width
    return shapes
