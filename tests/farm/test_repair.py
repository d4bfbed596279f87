"""``verify --repair``: what is broken is rendered again by the same run, and what is good stays."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from semstyle.commands.app import app
from semstyle.farm import RunOptions, repair, run_manifest, verify
from semstyle.farm.errors import FarmError
from semstyle.farm.verify import ProblemKind

ONE_CPU = RunOptions(cpus_per_render=1)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def broken(cluster, manifest, tmp_path) -> tuple[str, Path, dict[str, bytes]]:
    """A manifest, an output folder with damage of each kind, and the files as they were."""
    out = tmp_path / "out"
    names = ["changed", "damaged", "fine", "gone", "lost", "negative"]
    path = manifest(
        *(
            {"seed": number, "render_id": name, **({"style_weight": -1.0} if name == "negative" else {})}
            for number, name in enumerate(names)
        )
    )
    run_manifest(path, str(out), ONE_CPU)
    assert verify(str(out)).is_good
    before = files(out)
    (out / "images" / "changed.png").write_bytes(b"something else")
    (out / "records" / "damaged.parquet").write_bytes(b"PAR1 cut short")
    (out / "records" / "gone.parquet").unlink()
    (out / "images" / "lost.png").unlink()
    (out / "images" / "negative.png").write_bytes(b"of a worker that died before its record")
    (out / "failures" / "fine.json").write_bytes((out / "failures" / "negative.json").read_bytes())
    return path, out, before


def test_the_same_run_renders_again_what_was_broken_and_nothing_else(broken):
    path, out, before = broken
    assert verify(str(out)).counts == {
        ProblemKind.BAD_RECORD: 3,
        ProblemKind.MISSING: 1,
        ProblemKind.ORPHAN_IMAGE: 1,
        ProblemKind.STALE_FAILURE: 1,
    }

    done = CliRunner().invoke(app, ["verify", str(out), "--repair"])

    assert done.exit_code == 3, done.output
    for name in ("changed", "damaged", "lost"):
        assert f"removed records/{name}.parquet; the next run renders it again" in done.output
    assert "removed images/negative.png" in done.output and "removed failures/fine.json" in done.output
    assert "4 for the next run to render" in done.output
    assert (out / "records" / "fine.parquet").exists() and (out / "failures" / "negative.json").exists()

    again = run_manifest(path, str(out), ONE_CPU)

    assert (again.status.rendered, again.status.skipped, again.status.failed_before) == (4, 1, 1)
    assert verify(str(out)).is_good
    after = files(out)
    assert {name: data for name, data in after.items() if name.startswith("images/")} == {
        name: data for name, data in before.items() if name.startswith("images/")
    }
    assert after["records/fine.parquet"] == before["records/fine.parquet"]
    assert CliRunner().invoke(app, ["verify", str(out), "--repair"]).exit_code == 0


def test_a_whole_folder_is_left_as_it_is(cluster, manifest, tmp_path):
    out = tmp_path / "out"
    run_manifest(manifest({}), str(out), ONE_CPU)
    before = files(out)
    assert repair(str(out)).is_good
    assert files(out) == before


def test_a_run_at_work_is_not_repaired_under_its_hands(broken):
    _, out, _ = broken
    status = json.loads((out / "status.json").read_text())
    status["updated_at"] = datetime.now(UTC).isoformat()
    (out / "shards").mkdir()
    for of_all, of_shard in (("running", "finished"), ("stopped", "running")):
        (out / "status.json").write_text(json.dumps({**status, "state": of_all}))
        (out / "shards" / "2-of-2.json").write_text(json.dumps({**status, "state": of_shard}))
        before = files(out)
        with pytest.raises(FarmError, match="a run is at work"):
            repair(str(out))
        assert files(out) == before


def test_json_says_what_is_left(broken):
    _, out, _ = broken
    done = CliRunner().invoke(app, ["verify", str(out), "--repair", "--json"])
    document = json.loads(done.stdout)
    assert (document["to_render"], document["counts"]["bad record"]) == (4, 3)
