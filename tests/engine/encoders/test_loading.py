"""Weights from the package, from torchvision and from files of every kind, good and bad."""

from __future__ import annotations

import builtins
import hashlib
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest
import torch
import torchvision
from safetensors.torch import save_file

from semstyle.engine.encoders.loading import (
    COMPACT_FILE,
    VGG19_POSITIONS,
    compact_encoder,
    load_encoder,
    load_vgg19,
    read_tensors,
    vgg19_encoder,
)
from semstyle.engine.layers import LAYERS
from semstyle.engine.named_encoders import VGG19
from semstyle.errors import InputError, RenderError

StateDict = dict[str, torch.Tensor]
MEAN, DEVIATION = torch.tensor(VGG19.mean), torch.tensor(VGG19.deviation)


@pytest.fixture(scope="module")
def features() -> torch.nn.Sequential:
    """torchvision's VGG-19 without its classifier, which alone would be 500 MB, with random weights."""
    torch.manual_seed(0)
    configuration = torchvision.models.vgg.cfgs["E"]
    made: torch.nn.Sequential = torchvision.models.vgg.make_layers(configuration)
    for module in made:
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
            torch.nn.init.uniform_(module.bias, -0.1, 0.1)  # type: ignore[arg-type]
    return made.requires_grad_(False)


@pytest.fixture(scope="module")
def state(features: torch.nn.Sequential) -> StateDict:
    return {f"features.{key}": value for key, value in features.state_dict().items()}


@pytest.fixture(scope="module")
def files(state: StateDict, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("weights")
    paths = {"pt": folder / "vgg19.pt", "legacy": folder / "legacy.pth", "safetensors": folder / "vgg19.safetensors"}
    torch.save(state, paths["pt"])
    torch.save(state, paths["legacy"], _use_new_zipfile_serialization=False)  # as torchvision's own file is
    save_file(state, paths["safetensors"])
    return paths


@pytest.fixture
def image() -> torch.Tensor:
    return torch.rand(1, 3, 48, 33, generator=torch.Generator().manual_seed(0))


def test_every_tap_equals_torchvisions_own_forward_pass(
    features: torch.nn.Sequential, state: StateDict, image: torch.Tensor
) -> None:
    normalised = (image - MEAN[:, None, None]) / DEVIATION[:, None, None]
    got = vgg19_encoder(state, "test", "max", padding="zeros")(normalised, LAYERS)
    for layer, position in VGG19_POSITIONS.items():
        expected = features[: position + 2](normalised)  # up to the ReLU after the convolution
        torch.testing.assert_close(got[layer], expected, rtol=1e-4, atol=1e-4)


def test_normalisation_is_the_one_that_torchvisions_weights_ask_for() -> None:
    preset = torchvision.models.VGG19_Weights.IMAGENET1K_V1.transforms()
    assert preset.mean == pytest.approx(MEAN.tolist())
    assert preset.std == pytest.approx(DEVIATION.tolist())


@pytest.mark.parametrize("kind", ["pt", "legacy", "safetensors"])
def test_a_file_of_each_kind_takes_images_in_0_to_1_under_reflect_padding(
    files: dict[str, Path], state: StateDict, image: torch.Tensor, kind: str
) -> None:
    encoder = load_encoder(str(files[kind]), "max")
    normalised = (image - MEAN[:, None, None]) / DEVIATION[:, None, None]
    padded = torch.nn.functional.pad(normalised, (1, 1, 1, 1), mode="reflect")
    expected = torch.relu(torch.nn.functional.conv2d(padded, state["features.0.weight"], state["features.0.bias"]))
    torch.testing.assert_close(encoder(image, ("1_1",))["1_1"], expected, rtol=1e-4, atol=1e-4)
    assert encoder.padding == "reflect" and not any(weight.requires_grad for weight in encoder.parameters())


def test_average_pooling_of_vgg19_doubles_to_keep_the_range(state: StateDict, image: torch.Tensor) -> None:
    encoder = vgg19_encoder(state, "test", "average")
    features = encoder(image, ("1_2", "2_1"))
    pooled = 2 * torch.nn.functional.avg_pool2d(features["1_2"], 2)
    padded = torch.nn.functional.pad(pooled, (1, 1, 1, 1), mode="reflect")
    torch.testing.assert_close(features["2_1"], torch.relu(encoder.convolve("2_1", padded)))


def test_an_encoder_is_loaded_once_until_its_file_changes(files: dict[str, Path]) -> None:
    name = str(files["safetensors"])
    first = load_encoder(name)
    assert load_encoder(name) is first
    assert load_encoder(name, "max") is not first
    os.utime(name, ns=(1, 1))
    assert load_encoder(name) is not first


def test_the_digest_is_checked(files: dict[str, Path]) -> None:
    path = files["safetensors"]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    load_encoder(str(path), sha256=digest.upper())
    with pytest.raises(InputError, match=f"vgg19.safetensors: sha256 is {digest}, not {'0' * 64}"):
        load_encoder(str(path), sha256="0" * 64)


def test_a_pickle_that_runs_code_is_refused(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "exploded",)

    for name, save in (("bomb.pt", torch.save), ("raw.pt", lambda x, path: path.write_bytes(pickle.dumps(x)))):
        path = tmp_path / name
        save({"features.0.weight": Bomb()}, path)
        with pytest.raises(
            InputError, match=f"{name}: neither an .npz nor safetensors nor a state dict of tensors"
        ) as caught:
            load_encoder(str(path))
        assert "\n" not in str(caught.value)
    arrays: dict[str, Any] = {"1_1.weight": np.array([Bomb()], dtype=object)}
    np.savez(tmp_path / "bomb.npz", **arrays)
    with pytest.raises(
        InputError, match=r"bomb\.npz: neither an \.npz.*\(an array of object, not of float16, float32 or float64"
    ):
        load_encoder(str(tmp_path / "bomb.npz"))
    assert not (tmp_path / "exploded").exists()


def test_a_missing_or_misshapen_weight_is_named(state: StateDict) -> None:
    without = {key: value for key, value in state.items() if key != "features.19.bias"}
    with pytest.raises(InputError, match=r"mine\.pt: features\.19\.bias is missing"):
        vgg19_encoder(without, "mine.pt")
    narrow = state | {"features.2.weight": torch.zeros(64, 32, 3, 3)}
    with pytest.raises(InputError, match=r"features\.2\.weight has shape \(64, 32, 3, 3\), not \(64, 64, 3, 3\)"):
        vgg19_encoder(narrow, "mine.pt")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "neither an .npz nor safetensors nor a state dict"),
        (b"not weights at all, but long enough", "neither an .npz nor safetensors nor a state dict"),
        (b"\x10\x00\x00\x00\x00\x00\x00\x00{broken header}", "neither an .npz nor safetensors nor a state dict"),
    ],
)
def test_a_file_of_something_else_is_one_clear_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        load_encoder(str(path))
    assert "\n" not in str(caught.value)


def test_a_list_of_tensors_is_no_state_dict(tmp_path: Path) -> None:
    torch.save([torch.zeros(3)], tmp_path / "list.pt")
    with pytest.raises(InputError, match="holds something else than tensors by name"):
        load_encoder(str(tmp_path / "list.pt"))


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match=r"nowhere\.pt: there is no such file; give compact, vgg19, pixels, or a file"):
        load_encoder("nowhere.pt")


@pytest.fixture
def nothing_loaded() -> Iterator[None]:
    """VGG-19 as torchvision gives it is not in this process's cache, nor is what a test puts there left."""
    load_vgg19.cache_clear()
    yield
    load_vgg19.cache_clear()


@pytest.mark.usefixtures("nothing_loaded")
def test_a_failed_download_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any, **options: Any) -> None:
        assert options["weights_only"]
        raise URLError("no route to host")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", fail)
    with pytest.raises(RenderError, match=r"could not download https.*no route to host.*give the file's path or URI"):
        load_encoder("vgg19")


@pytest.mark.usefixtures("nothing_loaded")
def test_vgg19_comes_from_torchvisions_loader(monkeypatch: pytest.MonkeyPatch, state: StateDict) -> None:
    asked = []

    def answer(url: str, **options: Any) -> StateDict:
        asked.append(url)
        return state

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", answer)
    encoder = load_encoder("vgg19", "max")
    assert asked == [torchvision.models.VGG19_Weights.IMAGENET1K_V1.url]
    torch.testing.assert_close(encoder.convolutions["5_4"].weight, state["features.34.weight"])
    with pytest.raises(InputError, match="give sha256 only with a file"):
        load_encoder("vgg19", sha256="0" * 64)


def test_safetensors_needs_no_package(files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name.startswith("safetensors"):
            raise ModuleNotFoundError(name)
        return real(name, *arguments, **options)

    copy = tmp_path / "copy.safetensors"
    copy.symlink_to(files["safetensors"])
    monkeypatch.setattr(builtins, "__import__", without)
    load_encoder(str(copy))


def test_compact_is_small_finite_and_has_every_tap(image: torch.Tensor) -> None:
    assert COMPACT_FILE.stat().st_size <= 2_000_000
    encoder = load_encoder("compact")
    assert encoder.pooling == "average"
    for layer, x in encoder(image, ("1_1", "2_1", "3_1", "4_1", "4_2", "5_1")).items():
        assert x.isfinite().all() and x.std() > 0.01, layer


def test_a_gap_in_compact_weights_is_named() -> None:
    arrays = read_tensors(COMPACT_FILE)
    del arrays["3_2.weight"]
    with pytest.raises(InputError, match=r"mine\.npz: 3_2\.weight is missing"):
        compact_encoder(arrays, "mine.npz")
    with pytest.raises(InputError, match=r"no 1_1\.weight in it"):
        compact_encoder({}, "mine.npz")
