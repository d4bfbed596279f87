"""Finding, checking and loading an encoder's weights. Nothing here unpickles a stranger's objects."""

from __future__ import annotations

import copy
import functools
import hashlib
import zipfile
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor

from semstyle.engine.encoder import Encoder, Padding, Pooling
from semstyle.engine.errors import InputError, RenderError
from semstyle.engine.layers import LAYERS, block_of
from semstyle.engine.parameters import Parameters
from semstyle.engine.pixels import Pixels

COMPACT_FILE = Path(__file__).with_name("weights") / "compact.npz"
VGG19_WIDTHS = (64, 128, 256, 512, 512)
VGG19_AVERAGE_GAIN = 2.0  # keeps the activations' range where max pooling, with which VGG-19 was trained, had it
# Positions of the convolutions in torchvision's ``features``; ReLUs and poolings are counted there too.
VGG19_POSITIONS = dict(zip(LAYERS, (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34), strict=True))
IMAGENET_MEAN = torch.tensor((0.485, 0.456, 0.406))
IMAGENET_DEVIATION = torch.tensor((0.229, 0.224, 0.225))

StateDict = dict[str, Tensor]


def encoder_of(parameters: Parameters) -> Encoder:
    """The frozen encoder that ``parameters`` ask for, at their precision; raises as :func:`load_encoder`.

    Methods that optimise nothing take the pixels, whatever is asked for.
    """
    if parameters.is_direct or parameters.encoder == "pixels":
        return load_encoder("pixels")
    encoder = load_encoder(parameters.encoder, cast(Pooling, parameters.pooling))
    return encoder if parameters.precision == "single" else _halved(encoder)


@functools.lru_cache(maxsize=4)
def _halved(encoder: Encoder) -> Encoder:
    return copy.deepcopy(encoder).to(torch.bfloat16)


def load_encoder(name: str, pooling: Pooling = "average", sha256: str | None = None) -> Encoder:
    """A frozen encoder, ready for images in 0..1. Loaded once per process: treat it as read-only.

    Args:
        name: ``compact`` (in the package), ``vgg19`` (torchvision's, downloaded when first used), ``pixels``, or a
            local file: VGG-19 as safetensors or a torchvision state dict, or an ``.npz`` that
            ``jobs/distill_encoder.py`` wrote.
        pooling: ``average`` or ``max``.
        sha256: Hexadecimal digest that the file must have.

    Raises:
        InputError: the file is missing, is not what it should be, or has another digest.
        RenderError: VGG-19 could not be downloaded.
    """
    if name == "pixels":
        return _pixels()
    if name == "vgg19":
        if sha256 is not None:
            raise InputError("encoder vgg19: torchvision checks its own download; give sha256 only with a file")
        return _load_torchvision(pooling)
    path = COMPACT_FILE if name == "compact" else Path(name)
    try:
        status = path.stat()
    except OSError as error:
        raise InputError(
            f"encoder {name}: there is no such file; give compact, vgg19, pixels, or a file of weights"
        ) from error
    return _load_file(path, pooling, sha256, (status.st_mtime_ns, status.st_size))


@functools.cache
def _pixels() -> Encoder:
    return Pixels()


@functools.lru_cache(maxsize=2)
def _load_torchvision(pooling: Pooling) -> Encoder:
    return vgg19_encoder(download_vgg19(), "torchvision's VGG-19", pooling)


@functools.lru_cache(maxsize=4)
def _load_file(path: Path, pooling: Pooling, sha256: str | None, version: tuple[int, int]) -> Encoder:
    """``version`` (time and size) makes a file that has changed a different one to the cache."""
    if sha256 is not None:
        check_digest(path, sha256)
    if is_archive_of_arrays(path):
        return compact_encoder(read_arrays(path), path.name, pooling)
    return vgg19_encoder(read_tensors(path), path.name, pooling)


def compact_encoder(arrays: StateDict, source: str, pooling: Pooling = "average") -> Encoder:
    """An encoder of any widths and depth from ``<layer>.weight`` and ``<layer>.bias``."""
    layers = [layer for layer in LAYERS if f"{layer}.weight" in arrays]
    if not layers:
        raise InputError(f"weights {source}: no 1_1.weight in it; this is not an encoder made by distill_encoder")
    widths = {block_of(layer): arrays[f"{layer}.weight"].shape[0] for layer in reversed(layers)}
    encoder = Encoder([widths.get(block, 1) for block in range(1, 6)], layers[-1], pooling)
    return _filled(encoder, {layer: layer for layer in encoder.layers}, arrays, source)


def vgg19_encoder(state: StateDict, source: str, pooling: Pooling = "average", padding: Padding = "reflect") -> Encoder:
    """VGG-19 from torchvision's ``features.<position>.weight`` and ``.bias``; other keys are ignored.

    ImageNet's normalisation is folded into the first convolution. Under zero padding that would not be
    exact, so such an encoder takes images that are normalised already.
    """
    encoder = Encoder(VGG19_WIDTHS, LAYERS[-1], pooling, VGG19_AVERAGE_GAIN, padding)
    _filled(encoder, {layer: f"features.{position}" for layer, position in VGG19_POSITIONS.items()}, state, source)
    if padding == "reflect":
        encoder.fold_normalization(torch.diag(1 / IMAGENET_DEVIATION), -IMAGENET_MEAN / IMAGENET_DEVIATION)
    return encoder


def download_vgg19() -> StateDict:
    """torchvision's VGG-19, through torchvision's own loader and its cache.

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


def is_archive_of_arrays(path: Path) -> bool:
    """Whether it is an ``.npz``. Files are told apart by what is in them: a fetched one may have lost its suffix."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith(".npy") for name in archive.namelist())


def read_arrays(path: Path) -> StateDict:
    """Name to float32 tensor, from an ``.npz`` of float16 arrays."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: torch.from_numpy(arrays[name].astype(np.float32)) for name in arrays.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"weights {path.name}: not a readable .npz of numbers ({_first_line(error)})") from error


def read_tensors(path: Path) -> StateDict:
    """Name to tensor, from safetensors or a state dict that holds tensors only."""
    with path.open("rb") as file:
        is_safetensors = file.read(9)[8:] == b"{"
    try:
        state = _read_safetensors(path) if is_safetensors else torch.load(path, "cpu", weights_only=True)
    except InputError:
        raise
    except Exception as error:  # what a damaged or hostile file makes the two readers raise is not documented
        # Not torch's words: they advise to load the file with whatever code it brings.
        raise InputError(f"weights {path.name}: neither safetensors nor a state dict of tensors") from error
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise InputError(f"weights {path.name}: holds something else than a state dict of tensors")
    return state


def _read_safetensors(path: Path) -> StateDict:
    try:
        from safetensors.torch import load_file
    except ModuleNotFoundError as error:
        raise InputError(
            f"weights {path.name}: reading safetensors needs a package; pip install safetensors"
        ) from error
    return load_file(path)


@torch.no_grad()
def _filled(encoder: Encoder, names: dict[str, str], state: StateDict, source: str) -> Encoder:
    """Copy ``<names[layer]>.weight`` and ``.bias`` into each convolution, and freeze them."""
    for layer, name in names.items():
        for part, parameter in encoder.convolutions[layer].named_parameters():
            key = f"{name}.{part}"
            if key not in state:
                raise InputError(f"weights {source}: {key} is missing")
            if state[key].shape != parameter.shape:
                raise InputError(
                    f"weights {source}: {key} has shape {tuple(state[key].shape)}, not {tuple(parameter.shape)}"
                )
            parameter.copy_(state[key])
    return encoder.requires_grad_(False).eval()


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
