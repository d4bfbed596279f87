"""Damage that ``verify`` finds."""

from __future__ import annotations

import shutil

import pytest

from semstyle.farm import RunOptions, run_manifest, verify
from semstyle.farm.errors import FarmError


@pytest.mark.usefixtures("cluster")
def test_finds_lost_and_changed_images_damaged_records_and_missing_rows(manifest, tmp_path):
    out = tmp_path / "out"
    names = ["changed", "damaged", "fine", "gone", "lost", "swapped"]
    path = manifest(*({"seed": number, "render_id": name} for number, name in enumerate(names)))
    run_manifest(path, str(out), RunOptions(cpus_per_render=1))
    assert verify(str(out)).is_good

    (out / "images" / "changed.png").write_bytes(b"something else")
    (out / "records" / "damaged.parquet").write_bytes(b"PAR1 cut short")
    (out / "records" / "gone.parquet").unlink()
    (out / "images" / "lost.png").unlink()
    shutil.copy(out / "records" / "fine.parquet", out / "records" / "swapped.parquet")

    result = verify(str(out))
    assert not result.is_good
    assert (result.records, result.missing, result.problem_count) == (5, 1, 5)
    for name, problem in zip(["changed", "damaged", "lost", "swapped", "gone"], result.problems, strict=True):
        assert name in str(problem)


def test_a_folder_without_a_run_is_an_error(tmp_path):
    with pytest.raises(FarmError, match="no run here"):
        verify(str(tmp_path))
