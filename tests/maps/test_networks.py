"""Maps by pixel-labelling networks, good and hostile, from files that are made here."""

from __future__ import annotations

import hashlib
from pathlib import Path

import label_networks
import numpy as np
import pytest
import torch
from torch import Tensor

from semstyle.errors import InputError
from semstyle.maps import parse_asked
from semstyle.maps.making import MadeMaps, make_maps
from semstyle.maps.networks import loading
from semstyle.maps.networks.answers import class_values
from semstyle.maps.networks.labelling import MOST_CHANNELS, shared_classes
from semstyle.maps.networks.network import Network
from semstyle.maps.networks.torchvision_network import arrays_of
from semstyle.storage import AllowList, StorageError


def halves(left: int, right: int, share: float = 0.5) -> Tensor:
    """(3, 64, 96): two of red, green and blue, side by side."""
    image = torch.full((3, 64, 96), 0.1)
    edge = round(96 * share)
    image[left, :, :edge] = 0.9
    image[right, :, edge:] = 0.9
    return image


def made(path: Path | str, form: str = "soft", style: Tensor | None = None, target: Tensor | None = None) -> MadeMaps:
    style = halves(0, 1) if style is None else style
    target = halves(1, 0) if target is None else target
    return make_maps([style], target, parse_asked(f"auto:{path}:{form}"), torchscript=True)


@pytest.fixture(params=["onnx", "onnx of one size", "torchscript"])
def network(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "torchscript":
        return label_networks.scripted(label_networks.Colors(), tmp_path / "colors.pt")
    path = tmp_path / "colors.onnx"
    path.write_bytes(label_networks.onnx_bytes((32, 64) if "size" in request.param else ("h", "w")))
    return path


def test_the_classes_that_are_seen_become_channels(network: Path) -> None:
    maps = made(network)
    style, target = maps.styles[0].values, maps.target.values
    assert style.shape == target.shape == (64, 96, 2), "blue and the one that is nowhere are left out"
    assert style[:, :40, 0].min() > 0.9 and style[:, 56:, 1].min() > 0.9
    assert target[:, :40, 1].min() > 0.9 and target[:, 56:, 0].min() > 0.9


def test_hard_and_embedded_maps_of_a_network(network: Path) -> None:
    for form in ("hard", "embedded"):
        maps = made(network, form)
        style, target = maps.styles[0].values.astype(int), maps.target.values.astype(int)
        assert np.abs(style[30, 10] - target[30, 90]).max() <= 2, "red is one colour in both"
        assert np.abs(style[30, 10] - style[30, 90]).max() > 100, "and green is another"


def test_a_class_that_the_style_lacks_is_what_it_is_next_most_likely_to_be(network: Path) -> None:
    teal = halves(2, 0)
    teal[1, :, :48] = 0.8  # blue, and next to it green
    maps = made(network, target=teal)
    assert maps.target.values.shape[2] == 2
    assert maps.target.values[:, :40, 1].min() > 0.9


def test_a_map_that_says_nothing_is_refused(network: Path) -> None:
    with pytest.raises(InputError, match=r"finds only 'class 0' in the style.*use auto"):
        made(network, style=halves(0, 0), target=halves(1, 2))


def test_the_same_file_is_read_once_and_anew_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    read = loading.read_bytes
    monkeypatch.setattr(loading, "read_bytes", lambda uri, *rest: reads.append(uri) or read(uri, *rest))
    path = tmp_path / "colors.onnx"
    path.write_bytes(label_networks.onnx_bytes())
    for _ in range(2):
        made(path)
    assert len(reads) == 1
    path.write_bytes(b"not a network any more")
    with pytest.raises(InputError, match="not a network in ONNX"):
        made(path)


def test_a_file_is_checked_against_its_digest(network: Path) -> None:
    digest = hashlib.sha256(network.read_bytes()).hexdigest()
    assert made(f"{network}#sha256={digest}").target.values.shape[2] == 2
    with pytest.raises(InputError, match=f"sha256 is {digest}, not 0000"):
        made(f"{network}#sha256={'0' * 64}")


def test_only_what_is_allowed_is_read(network: Path, tmp_path: Path) -> None:
    elsewhere = AllowList([str(tmp_path / "in")])
    with pytest.raises(StorageError, match="not under an allowed prefix"):
        make_maps([halves(0, 1)], halves(1, 0), parse_asked(f"auto:{network}"), elsewhere)


def test_a_file_over_the_limit_is_not_read(network: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "MODEL_BYTES", 100)
    with pytest.raises(StorageError, match="larger than the limit of 100 bytes"):
        made(network)


@pytest.fixture(scope="module")
def lraspp() -> dict[str, Tensor]:
    """Weights of torchvision's smallest network, with three classes."""
    from torchvision.models import get_model

    torch.manual_seed(0)
    network = get_model("lraspp_mobilenet_v3_large", weights=None, weights_backbone=None, num_classes=3)
    state: dict[str, Tensor] = network.state_dict()
    return state


@pytest.mark.parametrize("form", ["pth", "safetensors"])
def test_torchvisions_network_with_weights_from_a_file(lraspp: dict[str, Tensor], form: str, tmp_path: Path) -> None:
    path = tmp_path / f"weights.{form}"
    if form == "pth":
        torch.save(lraspp, path)
    else:
        from safetensors.torch import save_file

        save_file(lraspp, path)
    model = parse_asked(f"auto:lraspp@{path}").model
    assert model is not None
    with loading.opened(model, AllowList()) as network:
        logs = network.log_probabilities(halves(0, 1))
    assert logs.shape == (3, 64, 96)
    assert torch.allclose(logs.exp().sum(0), torch.ones(64, 96), atol=1e-2)


def test_other_weights_are_refused(lraspp: dict[str, Tensor], tmp_path: Path) -> None:
    for name, state in {
        "empty": {},
        "other": {"classifier.4.weight": torch.zeros(3, 2, 1, 1)},
        "fewer": {name: value for name, value in lraspp.items() if "backbone.0" not in name},
    }.items():
        torch.save(state, tmp_path / name)
        with pytest.raises(InputError, match=f"{name}: not the weights of torchvision's lraspp"):
            made(f"lraspp@{tmp_path / name}")


def test_weights_alone_are_no_network(lraspp: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save(lraspp, tmp_path / "weights.pth")
    with pytest.raises(InputError, match=r"without a network; name torchvision's network as auto:NAME@URI"):
        made(tmp_path / "weights.pth")


def test_torchvisions_own_weights_are_asked_of_torchvision(
    lraspp: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    from torchvision.models import WeightsEnum

    state = {**lraspp, "aux_classifier.0.weight": torch.zeros(1)}
    monkeypatch.setattr(WeightsEnum, "get_state_dict", lambda self, **options: state if options["check_hash"] else None)
    loading.torchvisions_own.cache_clear()
    model = parse_asked("auto:lraspp").model
    assert model is not None
    with loading.opened(model, AllowList()) as network:
        assert network.log_probabilities(halves(0, 1)).shape == (3, 64, 96)
    loading.torchvisions_own.cache_clear()

    def unreachable(self: object, **options: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(WeightsEnum, "get_state_dict", unreachable)
    with (
        pytest.raises(InputError, match=r"could not download https://.*no route to host.*auto:lraspp\w+@URI"),
        loading.opened(model, AllowList()),
    ):
        raise AssertionError


def test_probabilities_are_taken_as_they_are_and_logits_are_normalised() -> None:
    probabilities = torch.tensor([0.9, 0.1])[:, None, None].expand(2, 8, 8)
    for answer in (probabilities[None], {"a": 3, "out": probabilities.log()[None] + 7}, [None, probabilities[None]]):
        network = Network(lambda image, answer=answer: class_values(arrays_of(answer)), "n")
        assert torch.allclose(network.log_probabilities(halves(0, 1)).exp()[0], torch.tensor(0.9), atol=1e-4)


def test_there_are_never_more_channels_than_are_allowed() -> None:
    numbers = torch.arange(64 * 64).reshape(64, 64) % 40
    logs = torch.nn.functional.one_hot(numbers, 41).permute(2, 0, 1).float().log_softmax(0)
    kept = shared_classes([logs, logs])
    assert len(kept) == MOST_CHANNELS and 40 not in kept
