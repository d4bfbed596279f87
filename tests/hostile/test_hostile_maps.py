"""Strangers' maps and weights: read as numbers or refused, and never run."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import forged_maps as forged
import numpy as np
import pytest
import torch
from settling import settled

MAPS = {"style": "style.png", "style_map": "map.npy", "target_map": "map.npy"}


@pytest.mark.parametrize("case", forged.REFUSED)
def test_quarantined_with_one_line(case: str, folder: Path) -> None:
    content, message = forged.REFUSED[case]
    (folder / "hostile.map").write_bytes(content)
    line = settled(folder, {**MAPS, "style_map": "hostile.map"})
    assert line is not None
    assert re.search(message, line), line


@pytest.mark.parametrize("case", forged.ACCEPTED)
def test_rendered(case: str, folder: Path) -> None:
    (folder / "odd.map").write_bytes(forged.ACCEPTED[case])
    assert settled(folder, {**MAPS, "style_map": "odd.map"}) is None


@pytest.mark.parametrize("column", ["style_map", "target_map", "style"])
def test_a_pickle_in_an_array_is_never_loaded(
    column: str, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mark = tmp_path_factory.mktemp("mark") / "made"
    array = np.empty((8, 12, 3), object)
    array[:] = forged.Mark(mark)
    content = forged.npy(array, allow_pickle=True)
    assert_it_would_run(content[content.index(b"\n") + 1 :], mark)
    (folder / "hostile.npy").write_bytes(content)
    line = settled(folder, {**MAPS, column: "hostile.npy"})
    assert line is not None and ("array of object" in line or "not a PNG" in line)
    assert not mark.exists()


@pytest.mark.parametrize("name", ["weights.pt", "weights.safetensors", "weights.npz", "weights.pkl", "vgg19"])
@pytest.mark.parametrize("kind", ["pickle", "torch", "npz"])
def test_weights_that_are_pickles_are_never_loaded(
    kind: str, name: str, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mark = tmp_path_factory.mktemp("mark") / "made"
    content = forged.pickled(mark)
    assert_it_would_run(content, mark)
    if kind == "torch":
        torch.save({"features.0.weight": forged.Mark(mark)}, folder / name)
    elif kind == "npz":
        (folder / name).write_bytes(forged.npz(weights=np.array([forged.Mark(mark)], object)))
    else:
        (folder / name).write_bytes(content)
    line = settled(folder, {"style": "style.png", "encoder": f"./{name}"})
    assert line is not None and name in line
    assert not mark.exists()


def assert_it_would_run(content: bytes, mark: Path) -> None:
    """The trap works: whoever unpickles it is found out."""
    pickle.loads(content)  # noqa: S301
    assert mark.is_dir()
    mark.rmdir()


@pytest.mark.parametrize("missing", ["style_map", "target_map"])
def test_each_image_has_its_own_map(missing: str, folder: Path) -> None:
    line = settled(folder, {**MAPS, missing: None})
    assert line is not None and "each image has its own map" in line


def test_a_map_of_too_many_labels(folder: Path) -> None:
    line = settled(folder, {**MAPS, "map_encoding": "labels"})
    assert line is not None and "96 distinct colours" in line
