"""Maps by pixel-labelling networks, good and hostile, from files that are made here."""

from __future__ import annotations

import hashlib
import io
import pickle
import sys
import zipfile
from pathlib import Path

import models
import numpy as np
import pytest
import torch
from torch import Tensor

from semstyle.engine.errors import InputError
from semstyle.maps import parse_asked
from semstyle.maps.making import MadeMaps, make_maps
from semstyle.maps.networks import loading
from semstyle.maps.networks.labelling import MOST_CHANNELS, shared_classes
from semstyle.maps.networks.network import Network
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
    return make_maps([style], target, parse_asked(f"auto:{path}:{form}"))


@pytest.fixture(params=["onnx", "onnx of one size", "torchscript"])
def network(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "torchscript":
        return models.scripted(models.Colors(), tmp_path / "colors.pt")
    path = tmp_path / "colors.onnx"
    path.write_bytes(models.onnx_bytes((32, 64) if "size" in request.param else ("h", "w")))
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
    path.write_bytes(models.onnx_bytes())
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
    logs = loading.load_network(model, AllowList()).log_probabilities(halves(0, 1))
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
    loading.remembered.cache_clear()
    model = parse_asked("auto:lraspp").model
    assert model is not None
    assert loading.load_network(model, AllowList()).log_probabilities(halves(0, 1)).shape == (3, 64, 96)
    loading.remembered.cache_clear()

    def unreachable(self: object, **options: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(WeightsEnum, "get_state_dict", unreachable)
    with pytest.raises(InputError, match=r"could not download https://.*no route to host.*auto:lraspp\w+@URI"):
        loading.load_network(model, AllowList())


class Payload:
    """Pickled, it leaves a file where it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, (f"open({str(self.path)!r}, 'w')",)


def hostile(folder: Path) -> dict[str, tuple[bytes, str]]:
    """Name → what is in the file, and what the one line says. Each tries to write ``ran`` into the folder."""
    payload = pickle.dumps(Payload(folder / "ran"))
    saved = io.BytesIO()
    torch.save({"classifier.4.weight": Payload(folder / "ran")}, saved)
    writes = models.scripted(models.Writes(str(folder / "ran")), folder / "made.pt").read_bytes()
    with zipfile.ZipFile(io.BytesIO(writes)) as file:
        members = {name: file.read(name) for name in file.namelist()}
    source = next(name for name in members if name.endswith(".py"))
    aliased = members[source].replace(b"torch.from_file", b"a.from_file")
    by_name = b"def f(self):\n  return getattr(self, 'write_file')\n"
    return {
        "pickle": (payload, "a pickle"),
        "pickle as weights": (saved.getvalue(), "without a network"),
        "writes a file": (writes, "names from_file, which does more than compute"),
        "reads a file": (models.scripted(models.Reads(), folder / "made.pt").read_bytes(), "names (image|read_file)"),
        "runs when loaded": (models.scripted(models.Wakes(), folder / "made.pt").read_bytes(), "names __"),
        "under another name": (models.archive({**members, source: aliased}), "names from_file"),
        "a library by another name": (models.archive({**members, source: b"def f(x):\n  a = ops\n"}), "names ops"),
        "by its name in text": (models.archive({**members, source: by_name}), "names write_file"),
        "no Python": (models.archive({**members, source: b"def f(:"}), "damaged TorchScript"),
        "nested too deep": (models.archive({**members, source: b"(" * 100_000}), "damaged TorchScript"),
        "only a name": (models.archive({"a/code/x.py": b""}), "damaged TorchScript"),
        "a pickle inside": (models.archive({"a/code/x.py": b"", "a/data.pkl": payload}), "damaged TorchScript"),
        "cut short": (writes[: len(writes) // 2], "damaged archive"),
        "data outside": (models.onnx_with_outside_data("/etc/passwd"), "not a network in ONNX"),
        "data above": (models.onnx_with_outside_data("../secret"), "not a network in ONNX"),
        "other input": (models.onnx_bytes(channels=4, rank=2), "and not one image"),
        "empty": (b"", "not a network in ONNX"),
        "text": (b"hello" * 100, "not a network in ONNX"),
        "image": (b"\x89PNG\r\n\x1a\n" + bytes(100), "not a network in ONNX"),
    }


def test_hostile_files_run_nothing_and_get_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, (content, message) in hostile(tmp_path).items():
        path = tmp_path / "model"
        path.write_bytes(content)
        loading.remembered.cache_clear()
        with pytest.raises(InputError, match=message) as caught:
            made(path)
        assert "\n" not in str(caught.value) and str(path) in str(caught.value), name
        assert not (tmp_path / "ran").exists(), name


def test_the_writing_network_does_write_where_it_is_not_checked(tmp_path: Path) -> None:
    path = models.scripted(models.Writes(str(tmp_path / "ran")), tmp_path / "made.pt")
    with pytest.warns(FutureWarning, match="deprecated"):
        torch.jit.load(str(path))(halves(0, 1)[None])
    assert (tmp_path / "ran").exists()


def test_a_pickle_as_torchvisions_weights_is_not_run(tmp_path: Path) -> None:
    torch.save({"classifier.4.weight": Payload(tmp_path / "ran")}, tmp_path / "weights.pth")
    with pytest.raises(InputError, match="neither safetensors nor a state dict of tensors"):
        made(f"fcn@{tmp_path / 'weights.pth'}")
    assert not (tmp_path / "ran").exists()


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "MODEL_BYTES", 1_000_000)
    (tmp_path / "bomb").write_bytes(models.archive({"a/code/x.py": bytes(50_000_000)}))
    with pytest.raises(InputError, match="unpacks to more than 1,000,000 bytes"):
        made(tmp_path / "bomb")


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (models.OneValue(), r"answers with \(1, 3\), and not with a value for each class and pixel"),
        (models.Fails(), r"fails on an image of 512×352 \(.+\)"),
        (models.NotFinite(), "values that are not finite"),
    ],
)
def test_networks_that_do_something_else_get_one_line(network: torch.nn.Module, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message) as caught:
        made(models.scripted(network, tmp_path / "other.pt"))
    assert "\n" not in str(caught.value)


def test_onnx_that_answers_with_something_else(tmp_path: Path) -> None:
    (tmp_path / "means.onnx").write_bytes(models.onnx_bytes(rank=2))
    with pytest.raises(InputError, match=r"answers with \(1, 3\)"):
        made(tmp_path / "means.onnx")


def test_without_onnxruntime_the_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    (tmp_path / "colors.onnx").write_bytes(models.onnx_bytes())
    with pytest.raises(InputError, match=r"pip install 'semstyle\[onnx\]'"):
        made(tmp_path / "colors.onnx")


def test_probabilities_are_taken_as_they_are_and_logits_are_normalised() -> None:
    probabilities = torch.tensor([0.9, 0.1])[:, None, None].expand(2, 8, 8)
    for answer in (probabilities[None], {"a": 3, "out": probabilities.log()[None] + 7}, [None, probabilities[None]]):
        network = Network(lambda image, answer=answer: answer, "n")
        assert torch.allclose(network.log_probabilities(halves(0, 1)).exp()[0], torch.tensor(0.9), atol=1e-4)


def test_there_are_never_more_channels_than_are_allowed() -> None:
    numbers = torch.arange(64 * 64).reshape(64, 64) % 40
    logs = torch.nn.functional.one_hot(numbers, 41).permute(2, 0, 1).float().log_softmax(0)
    kept = shared_classes([logs, logs])
    assert len(kept) == MOST_CHANNELS and 40 not in kept
