"""LPIPS with a backbone of random weights, as AlexNet's cannot be downloaded by tests."""

from __future__ import annotations

import sys
import warnings

import pytest
import torch
from lpips import LPIPS
from torch import Tensor
from torchvision.models import WeightsEnum, alexnet

from semstyle.errors import InputError, RenderError
from semstyle.evaluate.perceptual import load_lpips, lpips_distance


def noise(seed: int, height: int = 64, width: int = 80) -> Tensor:
    return torch.rand(3, height, width, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def backbone() -> dict[str, Tensor]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return dict(alexnet().state_dict())


@pytest.fixture
def network(backbone: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> LPIPS:
    def downloaded(self: object, **options: object) -> dict[str, Tensor]:
        assert options["check_hash"] and options["weights_only"]
        print("Downloading")
        return backbone

    monkeypatch.setattr(WeightsEnum, "get_state_dict", downloaded)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = load_lpips()
    assert capsys.readouterr().out == ""
    return loaded


def test_it_is_the_packages_own_with_the_weights_that_came(network: LPIPS, backbone: dict[str, Tensor]) -> None:
    assert torch.equal(network.net.slice2[1].weight, backbone["features.3.weight"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = LPIPS(net="alex", pnet_rand=True, verbose=False)
    other.net.load_state_dict(network.net.state_dict())
    wanted = float(other(2 * noise(0)[None] - 1, 2 * noise(1)[None] - 1).detach())
    assert lpips_distance(noise(0), noise(1), network) == pytest.approx(wanted, rel=1e-5)
    assert wanted > 0


def test_the_content_itself_has_none(network: LPIPS) -> None:
    assert lpips_distance(noise(0), noise(0), network) == 0
    large = noise(0, 600, 800)
    assert lpips_distance(large, large, network) == 0


def test_an_image_that_alexnet_leaves_nothing_of_is_told(network: LPIPS) -> None:
    assert lpips_distance(noise(0, 31, 31), noise(1, 31, 31), network) > 0
    with pytest.raises(InputError, match="31 pixels on a side, and the image has 80×30"):
        lpips_distance(noise(0, 30), noise(1, 30), network)


def test_weights_that_cannot_be_fetched_are_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(self: object, **options: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(WeightsEnum, "get_state_dict", unreachable)
    with pytest.raises(RenderError, match=r"could not download https:.*alexnet.*no route.*checkpoints") as told:
        load_lpips()
    assert str(told.value).startswith("--lpips: ") and "\n" not in str(told.value)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lpips", None)
    with pytest.raises(InputError, match=r'pip install "semstyle\[metrics\]"'):
        load_lpips()
