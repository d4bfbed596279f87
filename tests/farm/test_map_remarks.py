"""Maps that do not fit, in a run: its rows are rendered, and it says so in its log, records, status and summary."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from semstyle.commands.run_summary import print_summary
from semstyle.farm import RunOptions, read_status, run_manifest
from semstyle.farm.monitor.event_log import logged_to
from semstyle.farm.monitor.shards import together
from semstyle.farm.monitor.status import Status


@pytest.mark.usefixtures("cluster")
def test_a_run_says_how_many_of_its_rows_have_maps_that_do_not_fit(
    manifest, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    doodle = Image.open(pictures / "target_map.png").resize((256, 192), Image.Resampling.NEAREST)
    shapes = np.asarray(doodle).copy()
    shapes[40:150, 60:170] = (255, 0, 0)
    Image.fromarray(shapes).save(tmp_path / "noisy.jpg", quality=60)
    Image.new("RGB", (64, 48), (200, 30, 90)).save(tmp_path / "apart.png")
    path = manifest(
        {"render_id": "good"},
        {"render_id": "noisy", "target_map": str(tmp_path / "noisy.jpg")},
        {"render_id": "apart", "target_map": str(tmp_path / "apart.png")},
    )
    out, log = tmp_path / "out", tmp_path / "log"

    with logged_to(str(log)):
        summary = run_manifest(path, str(out), RunOptions(cpus_per_render=1))

    assert (summary.exit_code, summary.status.rendered, summary.status.remarked) == (0, 3, 2)
    assert read_status(str(out)).remarked == 2
    events = [json.loads(line) for line in log.read_text().splitlines()]
    told = {event["render_id"]: event["message"] for event in events if event["event"] == "attempt remarked"}
    assert set(told) == {"noisy", "apart"}
    assert "noisy.jpg was saved as JPEG or painted with a soft brush: " in told["noisy"]
    assert "apart.png shares no colour with " in told["apart"]
    records = {row["render_id"]: row["remarks"] for row in pq.read_table(out / "results").to_pylist()}
    assert records == {"good": [], "noisy": [told["noisy"]], "apart": [told["apart"]]}

    print_summary(summary, None, None)
    first = summary.status.first_remark
    assert first in {f"{name}: {message}" for name, message in told.items()}
    assert f"2 have remarks, each in its record; the first: {first}\n" in capsys.readouterr().out


def test_shards_add_up_the_rows_with_remarks() -> None:
    now = datetime.now(UTC)
    counts = dict.fromkeys(("duplicates", "skipped", "rendered", "failed", "failed_before", "retries", "left"), 0)
    times = {"started_at": now, "updated_at": now}
    shards = [
        Status(run_id="a", state="finished", manifest="m", renders=9, **counts, **times, shard="1/3"),
        Status(
            run_id="b", state="finished", manifest="m", renders=9, remarked=2, first_remark="x: y", **counts, **times
        ),
        Status(
            run_id="c", state="finished", manifest="m", renders=9, remarked=1, first_remark="z: y", **counts, **times
        ),
    ]
    whole = together(shards, 3)
    assert (whole.remarked, whole.first_remark) == (3, "x: y")
