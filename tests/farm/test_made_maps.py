"""A run that makes its maps: they are stored beside the images, recorded, verified and repaired."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from semstyle.farm import RunOptions, repair, run_manifest, verify
from semstyle.farm.verify import ProblemKind
from semstyle.images import open_image
from semstyle.manifest.identity import check_id
from semstyle.report import write_contact_sheets

ONE_CPU = RunOptions(cpus_per_render=1)

pytestmark = pytest.mark.usefixtures("cluster")


def test_a_run_with_maps_that_are_made_end_to_end(manifest, tmp_path: Path) -> None:
    halves = np.full((48, 64, 3), 200, np.uint8)
    halves[24:] = np.random.default_rng(0).integers(0, 120, (24, 64, 3))
    Image.fromarray(halves).save(tmp_path / "content.png")
    (tmp_path / "model.onnx").write_bytes(b"nothing of the kind")
    content = str(tmp_path / "content.png")
    auto = {"content": content, "target_map": None}
    path = manifest(
        {**auto, "style": content, "style_map": "auto:2", "render_id": "hard"},
        {**auto, "style_map": "auto:3:soft", "render_id": "soft"},
        {"render_id": "given"},
        {**auto, "style_map": f"auto:{tmp_path / 'model.onnx'}", "render_id": "model"},
        {**auto, "style_map": "auto", "content": None, "render_id": "nothing-to-map"},
    )
    out = tmp_path / "out"

    summary = run_manifest(path, str(out), ONE_CPU)

    assert (summary.status.rendered, summary.status.failed) == (3, 2)
    failures = {file.stem: json.loads(file.read_text()) for file in (out / "failures").iterdir()}
    assert {name: failure["class"] for name, failure in failures.items()} == {
        "model": "input",
        "nothing-to-map": "input",
    }
    assert "model.onnx: not a network in ONNX" in failures["model"]["message"]
    assert len(failures["model"]["attempts"]) == 1
    stored = {file.name for file in (out / "images").iterdir()}
    assert stored == {
        *("hard.png", "hard.style_map.png", "hard.target_map.png"),
        *("soft.png", "soft.style_map.npy", "soft.target_map.npy"),
        "given.png",
    }
    for row in pq.read_table(out / "results").to_pylist():
        maps = dict(row["maps"])
        assert {Path(name).name for name in maps} == {
            name for name in stored if name.startswith(row["render_id"]) and "_map" in name
        }
        for name, digest in maps.items():
            assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest
    hard = np.asarray(Image.open(out / "images" / "hard.target_map.png"))
    assert (hard[5, 30] != hard[40, 30]).any(), "plain and noise are two labels"
    assert verify(str(out)).is_good
    (sheet,) = write_contact_sheets(str(out))
    assert open_image((out / sheet).read_bytes(), "sheet").width > 100

    before = {file.name: file.read_bytes() for file in (out / "images").iterdir()}
    (out / "images" / "hard.style_map.png").write_bytes(b"something else")
    (out / "images" / "soft.target_map.npy").unlink()
    (out / "images" / "model.target_map.png").write_bytes(b"of a worker that died before its record")
    assert verify(str(out)).counts == {ProblemKind.BAD_RECORD: 2, ProblemKind.ORPHAN_IMAGE: 1}
    repair(str(out))
    assert run_manifest(path, str(out), ONE_CPU).status.rendered == 2
    assert verify(str(out)).is_good
    assert {file.name: file.read_bytes() for file in (out / "images").iterdir()} == before


@pytest.mark.parametrize("name", ["a.style_map", "a.Target_Map", "a.style_map-12"])
def test_no_id_is_named_as_a_map_is(name: str) -> None:
    with pytest.raises(ValueError, match="names the maps that are stored beside an image"):
        check_id(name)
    assert check_id(f"{name}.b") and check_id(name.replace(".", "_"))
