"""The digest of an image's pixels in its record: the same image has it, however it came about and is stored."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from PIL import Image

from semstyle.farm.attempt import Assignment, Committed, Started
from semstyle.farm.demand import Demand
from semstyle.farm.worker.render_attempt import attempt
from semstyle.manifest.row import Position, Row, make_row
from semstyle.report.claim import WITH_MAPS, WITHOUT_MAPS, Sample, sample_of
from semstyle.report.claims import same_as_original

ROW = {"style": "style.png", "size": 48, "iterations": 2, "style_layers": "1_1,2_1", "content_layers": "2_1"}
MAPS = {"style_map": "style_map.png", "target_map": "target_map.png"}


def record(pictures: Path, out: Path, render_id: str, **values: Any) -> dict[str, Any]:
    row = make_row({**ROW, "render_id": render_id, **values}, Position("m", 1), str(pictures))
    assert isinstance(row, Row), row
    answer = attempt(Assignment(row, str(out), "run", Demand(0, 1)), Started("node", 1, time.time()))
    assert isinstance(answer, Committed), answer
    return dict(pq.read_table(out / "records" / f"{render_id}.parquet").to_pylist()[0])


@pytest.fixture(scope="module")
def without_maps(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("pixels")
    return out, record(pictures, out, "original", method="patch", tags=[("paper", "x"), ("role", WITHOUT_MAPS)])


def test_it_is_that_of_the_pixels_in_the_file(without_maps: tuple[Path, dict[str, Any]]) -> None:
    out, original = without_maps
    pixels = Image.open(out / original["image"]).convert("RGB").tobytes()
    assert original["pixels_sha256"] == hashlib.sha256(pixels).hexdigest() != original["image_sha256"]


def test_maps_of_no_weight_make_the_same_pixels_in_another_file(
    pictures: Path, without_maps: tuple[Path, dict[str, Any]]
) -> None:
    """The file says by which parameters it was made; the paper's first claim is about the image."""
    out, original = without_maps
    tags = [("paper", "x"), ("role", WITH_MAPS)]
    ours = record(pictures, out, "ours", semantic_weight=0.0, variety=0.0, tags=tags, **MAPS)
    assert ours["image_sha256"] != original["image_sha256"]
    assert ours["pixels_sha256"] == original["pixels_sha256"]
    samples = [sample for result in (ours, original) if (sample := sample_of(result)) is not None]
    claim = same_as_original(samples)
    assert (claim.verdict, claim.held, claim.compared) == ("holds", 1, 1)


def test_a_lossy_file_has_the_digest_of_what_was_rendered(
    pictures: Path, without_maps: tuple[Path, dict[str, Any]]
) -> None:
    out, original = without_maps
    assert record(pictures, out, "lossy", method="patch", format="jpeg")["pixels_sha256"] == original["pixels_sha256"]


def test_a_record_of_an_older_version_is_told_by_its_file() -> None:
    result = {"tags": [("paper", "x"), ("role", WITH_MAPS)], "style_weight": 1.0, "semantic_weight": 0.0}
    found = sample_of({**result, "image_sha256": "f", "pixels_sha256": None, "metrics": None, "render_id": "r"})
    assert found == Sample("x", WITH_MAPS, 1.0, 0.0, "f", {}, "r")
