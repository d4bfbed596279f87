"""Inputs and rows that change after they have been rendered: told, and rendered again when asked."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.local import LocalFileSystem
from PIL import Image

from semstyle.farm import RunOptions, run_manifest
from semstyle.farm.dry_run import dry_run
from semstyle.farm.rows.changes import earlier
from semstyle.storage import Folder

ONE_CPU = RunOptions(cpus_per_render=1)
CHANGED = RunOptions(cpus_per_render=1, changed=True)
FORCE = RunOptions(cpus_per_render=1, force=True)

pytestmark = pytest.mark.usefixtures("cluster")


def doodle(path: Path, seed: int) -> str:
    blocks = np.random.default_rng(seed).integers(0, 2, (4, 4), dtype=np.uint8) * 255
    Image.fromarray(np.kron(blocks, np.ones((12, 16), np.uint8))).convert("RGB").save(path)
    return str(path)


def records(out: Path) -> dict[str, dict[str, Any]]:
    return {path.stem: pq.read_table(path).to_pylist()[0] for path in (out / "records").iterdir()}


def run_ids(out: Path) -> dict[str, str]:
    return {name: record["run_id"] for name, record in records(out).items()}


@pytest.fixture
def rendered(manifest, tmp_path) -> tuple[str, Path]:
    """A manifest of ``a`` and ``b`` with a doodle each, rendered."""
    rows = [{"render_id": name, "target_map": doodle(tmp_path / f"{name}.png", ord(name))} for name in "ab"]
    path = manifest(*rows)
    run_manifest(path, str(tmp_path / "out"), ONE_CPU)
    return path, tmp_path / "out"


def test_a_record_names_the_digest_of_each_input(rendered, tmp_path, pictures):
    _, out = rendered
    files = {file["column"]: file for file in records(out)["a"]["inputs"]}
    expected = {
        "style": pictures / "style.png",
        "style_map": pictures / "style_map.png",
        "target_map": tmp_path / "a.png",
    }
    assert {column: file["uri"] for column, file in files.items()} == {c: str(path) for c, path in expected.items()}
    for column, path in expected.items():
        assert files[column]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert pq.read_table(out / "results").column("inputs").to_pylist()[0] == records(out)["a"]["inputs"]


def test_an_edited_doodle_is_told_and_rendered_again_only_when_asked(rendered, tmp_path):
    path, out = rendered
    first, image = run_ids(out), (out / "images" / "a.png").read_bytes()
    doodle(tmp_path / "a.png", 77)

    told = run_manifest(path, str(out), ONE_CPU)

    assert told.exit_code == 0 and told.status.rendered == 0
    assert (told.changes.inputs, told.changes.renders) == (1, 1)
    assert list(told.changes.names) == [str(tmp_path / "a.png")]
    assert run_ids(out) == first
    would = dry_run(path, str(out), CHANGED)
    assert (would.to_render, would.first, would.skipped) == (1, ["a"], 1)
    assert run_ids(out) == first

    again = run_manifest(path, str(out), CHANGED)

    assert (again.status.rendered, again.status.skipped, again.lost) == (1, 1, 0)
    assert again.changes.inputs == 0
    assert run_ids(out)["a"] != first["a"] and run_ids(out)["b"] == first["b"]
    assert (out / "images" / "a.png").read_bytes() != image
    assert run_manifest(path, str(out), CHANGED).status.rendered == 0


def test_a_file_that_was_only_copied_has_not_changed(rendered, tmp_path):
    path, out = rendered
    for name in "ab":
        os.utime(tmp_path / f"{name}.png", (1, 1))
    assert run_manifest(path, str(out), CHANGED).status.rendered == 0
    assert run_manifest(path, str(out), ONE_CPU).changes.inputs == 0


def test_an_input_that_is_gone_has_not_changed(rendered, tmp_path):
    path, out = rendered
    (tmp_path / "a.png").unlink()
    summary = run_manifest(path, str(out), CHANGED)
    assert (summary.status.rendered, summary.exit_code, summary.changes.inputs) == (0, 0, 0)


def test_a_row_that_is_another_under_its_old_id_is_rendered_again(manifest, tmp_path):
    out = tmp_path / "out"
    run_manifest(manifest({"render_id": "a"}, {"render_id": "b"}), str(out), ONE_CPU)
    other = manifest({"render_id": "a", "seed": 5}, {"render_id": "b"})
    kept = run_manifest(other, str(out), ONE_CPU)
    assert kept.status.rendered == 0 and kept.manifest_changed
    assert run_manifest(other, str(out), CHANGED).status.rendered == 1
    assert records(out)["a"]["seed"] == 5


def test_a_changed_input_that_cannot_be_rendered_leaves_no_old_result(rendered, tmp_path):
    path, out = rendered
    (tmp_path / "a.png").write_bytes(b"not an image")

    summary = run_manifest(path, str(out), CHANGED)

    assert (summary.status.failed, summary.lost, summary.exit_code) == (1, 0, 3)
    assert pq.read_table(out / "results").column("render_id").to_pylist() == ["b"]
    doodle(tmp_path / "a.png", 3)
    mended = run_manifest(path, str(out), RunOptions(cpus_per_render=1, retry_failed=True))
    assert (mended.status.rendered, mended.exit_code) == (1, 0)


def test_force_renders_all_again_and_goes_on_where_it_was_cut_short(rendered):
    path, out = rendered
    first = run_ids(out)
    whole = run_manifest(path, str(out), FORCE)
    assert whole.status.rendered == 2 and not set(run_ids(out).values()) & set(first.values())

    part = run_manifest(path, str(out), RunOptions(cpus_per_render=1, force=True, limit=1))
    job = json.loads((out / "job.json").read_text())
    assert part.status.rendered == 1
    job["runs"][-1]["state"] = "stopped"
    (out / "job.json").write_text(json.dumps(job))
    between = run_ids(out)

    rest = run_manifest(path, str(out), FORCE)

    assert (rest.status.rendered, rest.status.skipped) == (1, 1)
    done = [name for name, run_id in between.items() if run_id == job["runs"][-1]["run_id"]]
    assert len(done) == 1 and run_ids(out)[done[0]] == between[done[0]]
    assert run_manifest(path, str(out), FORCE).status.rendered == 2


def test_force_tries_failed_rows_too(manifest, tmp_path):
    path = manifest({"render_id": "a"}, {"render_id": "b", "target_map": str(tmp_path / "b.png")})
    out = tmp_path / "out"
    assert run_manifest(path, str(out), ONE_CPU).exit_code == 3
    doodle(tmp_path / "b.png", 1)
    assert run_manifest(path, str(out), FORCE).status.rendered == 2


def test_records_of_an_older_version_are_not_taken_for_changed(rendered, tmp_path):
    path, out = rendered
    record = out / "records" / "a.parquet"
    pq.write_table(pq.read_table(record).drop_columns(["inputs", "content_id"]), record)
    doodle(tmp_path / "a.png", 77)
    assert run_manifest(path, str(out), CHANGED).status.rendered == 0
    assert run_manifest(path, str(out), ONE_CPU).changes.inputs == 0


def test_a_store_that_stumbles_is_asked_again_for_the_results_of_earlier_runs(rendered, tmp_path, monkeypatch):
    path, out = rendered
    doodle(tmp_path / "a.png", 7)
    really, faults = LocalFileSystem.open, iter(["not now", "not now"])

    def stumbling(self, name, *arguments, **options):
        if "/results/" in str(name) and next(faults, None):
            raise OSError(errno.EREMOTEIO, "We encountered an internal error.")
        return really(self, name, *arguments, **options)

    monkeypatch.setattr(LocalFileSystem, "open", stumbling)
    summary = run_manifest(path, str(out), ONE_CPU)
    assert (summary.exit_code, summary.changes.inputs, next(faults, None)) == (0, 1, None)


def test_a_table_that_another_driver_makes_anew_meanwhile_is_left_out(rendered):
    _, out = rendered
    (part,) = (f"results/{path.name}" for path in (out / "results").iterdir())
    found = earlier(Folder(str(out)), ["results/part-00007.parquet", part], "another run")
    assert sum(table.num_rows for table in found) == 2
