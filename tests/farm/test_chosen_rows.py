"""Runs of a part of a manifest, by --where and --sample: what they render, count, and do not miss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semstyle.farm import RunOptions, RunSummary, preflight, read_status, run_manifest, verify
from semstyle.farm.dry_run import dry_run
from semstyle.farm.output.job import read_job
from semstyle.farm.output.layout import committed_ids
from semstyle.manifest import ManifestError
from semstyle.storage import Folder

SCENES = ["coast", "palace"]
ROWS = [
    {"render_id": f"{scene}{seed}", "seed": seed, "tags": [("scene", scene)]} for scene in SCENES for seed in range(3)
]
COAST = {"coast1", "coast2"}
WHERE = "tags.scene = coast and seed > 0"


def run(manifest: str, out: Path, **options: Any) -> RunSummary:
    return run_manifest(manifest, str(out), RunOptions(cpus_per_render=0.5, aggregate=False, **options))


def rendered(out: Path) -> set[str]:
    return set(committed_ids(Folder(str(out))))


@pytest.mark.usefixtures("cluster")
def test_only_rows_that_meet_the_condition_are_rendered_and_no_other_is_missing(manifest: Any, tmp_path: Path) -> None:
    path, out = manifest(*ROWS), tmp_path / "out"
    planned = dry_run(path, str(out), RunOptions(where=WHERE))
    assert (planned.rows, planned.to_render, set(planned.first)) == (2, 2, COAST)
    summary = run(path, out, where=WHERE)
    assert rendered(out) == COAST and summary.exit_code == 0
    status = read_status(str(out))
    assert (status.state, status.renders, status.rendered, status.left, status.lost) == ("finished", 2, 2, 0, 0)
    assert verify(str(out)).is_good

    again = run(path, out, where=WHERE)
    assert (again.status.skipped, again.status.rendered, again.exit_code) == (2, 0, 0)
    next((out / "images").glob("coast1*")).unlink()
    (out / "records" / "coast2.parquet").unlink()
    (out / "images" / "coast2.png").unlink()
    found = verify(str(out))
    assert found.missing == 1 and {problem.render_id for problem in found.problems} == COAST

    run(path, out, where="tags.scene = palace and seed = 0")
    assert verify(str(out)).missing == 1  # what an earlier run was to render is still asked for
    run(path, out)
    found = verify(str(out))
    assert rendered(out) == {row["render_id"] for row in ROWS} and found.missing == 0


@pytest.mark.usefixtures("cluster")
def test_a_run_of_all_rows_asks_for_all(manifest: Any, tmp_path: Path) -> None:
    path, out = manifest(*ROWS), tmp_path / "out"
    run(path, out, limit=1)
    run(path, out, where=WHERE)
    assert verify(str(out)).missing == len(ROWS) - len(rendered(out)) > 0


@pytest.mark.usefixtures("cluster")
def test_a_sample_is_the_same_each_time_and_part_of_a_larger_one(manifest: Any, tmp_path: Path) -> None:
    path, out = manifest(*ROWS), tmp_path / "out"
    assert run(path, out, sample=2).status.renders == 2
    first = rendered(out)
    assert len(first) == 2 and verify(str(out)).is_good
    assert run(path, out, sample=2).status.rendered == 0
    larger = run(path, out, sample=4)
    assert (larger.status.renders, larger.status.skipped, larger.status.rendered) == (4, 2, 2)
    assert first < rendered(out) and verify(str(out)).is_good
    shards = [RunOptions(sample=4, shard=f"{number}/2") for number in (1, 2)]
    assert sum(dry_run(path, str(tmp_path / "other"), options).to_render for options in shards) == 4
    job = read_job(Folder(str(out)))
    assert job is not None and [one.sample for one in job.runs] == [2, 2, 4]


def test_inputs_of_other_rows_do_not_matter(manifest: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "ROWS_READ", 3)
    gone = [{**row, "style": "gone.png", "style_map": "gone.png", "target_map": "gone.png"} for row in ROWS[:3]]
    path = manifest(*gone, *ROWS[3:])
    found = dry_run(path, str(tmp_path / "out"), RunOptions(where="tags.scene = palace"))
    assert found.to_render == 3


def test_a_condition_that_no_row_meets_is_an_error(manifest: Any, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"--where seed > 9: no row meets this condition"):
        run(manifest(*ROWS), tmp_path / "out", where="seed > 9")
    assert not (tmp_path / "out").exists()


def test_a_condition_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="character 8: size is compared with a number, and big is none"):
        RunOptions(where="size = big")
