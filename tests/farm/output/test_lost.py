"""Renders that were committed and are gone by the end: a run says so, and the next one renders them."""

from __future__ import annotations

import json
from pathlib import Path

import faults
import pyarrow.parquet as pq
import pytest
from shard_status import status

from semstyle.commands.run_summary import print_summary
from semstyle.commands.status import status_table
from semstyle.farm import RunOptions, RunSummary, read_status, run_manifest, verify
from semstyle.farm.monitor.event_log import logged_to
from semstyle.farm.monitor.shards import together
from semstyle.farm.output.ledger import Ledger, Standing

ONE_CPU = RunOptions(cpus_per_render=1)


def swept(*paths: str, render_id: str = "sweeper") -> dict:
    """A row in whose task these files of the output folder go, once they are there."""
    return {"render_id": render_id, "seed": 99, "tags": {"sweep": " ".join(paths)}}


def run(path: str, out: Path, options: RunOptions = ONE_CPU) -> RunSummary:
    return run_manifest(path, str(out), options, perform=faults.sweeping)


def text_of(summary: RunSummary, capsys: pytest.CaptureFixture[str]) -> str:
    print_summary(summary, None, None)
    return capsys.readouterr().out


@pytest.mark.usefixtures("cluster")
def test_what_is_gone_by_the_end_is_told_counted_and_rendered_by_the_same_command(manifest, tmp_path, capsys):
    out, log = tmp_path / "out", tmp_path / "events.log"
    gone = ["images/One.png", "records/two.parquet", "images/three.png", "records/three.parquet"]
    path = manifest(
        *({"seed": seed, "render_id": name} for seed, name in enumerate(("One", "two", "three"))), swept(*gone)
    )

    with logged_to(str(log)):
        summary = run(path, out)

    lost = {"One", "two", "three"}
    assert (summary.exit_code, summary.lost, summary.status.state, summary.status.rendered) == (3, 3, "finished", 4)
    stored = read_status(str(out))
    assert (stored.lost, set(stored.lost_ids), stored.done) == (3, lost, 1)
    assert any("3 lost" in str(cell) for column in status_table(stored).columns for cell in column.cells)
    document = json.loads((out / "summary.json").read_text())
    assert (document["failures"], set(document["lost"]), document["renders"]) == ({"lost": 3}, lost, 1)
    assert pq.read_table(out / "results")["render_id"].to_pylist() == ["sweeper"]
    events = [json.loads(line) for line in log.read_text().splitlines()]
    assert {event["render_id"] for event in events if event["event"] == "row lost"} == lost
    assert events[-1]["lost"] == 3
    told = text_of(summary, capsys)
    assert "3 lost" in told and "the same command renders them again" in told and all(name in told for name in lost)

    again = run(path, out)
    assert (again.status.rendered, again.status.skipped, again.lost, again.exit_code) == (3, 1, 0, 0)
    assert verify(str(out)).is_good
    document = json.loads((out / "summary.json").read_text())
    assert (document["failures"], document["lost"], document["renders"]) == ({}, [], 4)
    assert "lost" not in text_of(again, capsys)


@pytest.mark.usefixtures("cluster")
def test_what_was_there_before_counts_too_and_without_aggregation(manifest, tmp_path):
    out = tmp_path / "out"
    before = {"render_id": "before"}
    assert run(manifest(before), out).exit_code == 0
    options = ONE_CPU.model_copy(update={"aggregate": False})

    summary = run(manifest(before, swept("images/before.png")), out, options)

    assert (summary.exit_code, summary.lost, summary.status.skipped, summary.results) == (3, 1, 1, None)
    again = run(manifest(before, swept("images/before.png")), out, options)
    assert (again.exit_code, again.lost, again.status.rendered) == (0, 0, 1)


@pytest.mark.usefixtures("cluster")
def test_no_failure_from_before_keeps_a_lost_row_from_being_rendered(manifest, tmp_path):
    out = tmp_path / "out"
    (out / "failures").mkdir(parents=True)
    path = manifest({"render_id": "one"}, swept("records/one.parquet", "failures/one.json"))

    assert run(path, out).lost == 1
    assert not (out / "failures" / "one.json").exists()
    again = run(path, out)
    assert (again.exit_code, again.status.rendered, again.status.failed_before) == (0, 1, 0)


@pytest.mark.usefixtures("cluster")
def test_each_of_several_drivers_is_about_its_own_rows(manifest, tmp_path):
    out = tmp_path / "out"
    rows = [
        {"render_id": "one"},
        swept("images/one.png", "images/two.png"),
        {"render_id": "three"},
        {"render_id": "two"},
    ]
    path = manifest(*rows)
    first, second = (ONE_CPU.model_copy(update={"shard": shard}) for shard in ("1/2", "2/2"))
    assert run(path, out, first).exit_code == 0

    summary = run(path, out, second)

    assert (summary.lost, summary.status.lost_ids, summary.exit_code) == (1, ["two"], 3)
    assert json.loads((out / "summary.json").read_text())["failures"] == {"lost": 1}
    assert read_status(str(out)).lost == 1
    assert run(path, out, first).status.rendered == 1
    assert json.loads((out / "summary.json").read_text())["failures"] == {"lost": 1}, "the other has not run again"
    assert run(path, out, second).exit_code == 0 and verify(str(out)).is_good


def test_statuses_of_shards_add_up_what_they_lost(tmp_path):
    whole = together([status("1/2", "finished", lost=2, lost_ids=["a", "b"]), status("2/2", "finished", lost=1)], 2)
    assert (whole.lost, whole.lost_ids) == (3, ["a", "b"])


def ledger_of(*render_ids: str, committed: tuple[str, ...] = ()) -> Ledger:
    ledger = Ledger(committed)
    for render_id in render_ids:
        ledger.meet(render_id, render_id)
    return ledger


def test_the_ledger_knows_what_should_be_there_by_its_own_spelling():
    ledger = ledger_of("New", "Row-A.b", "x1", "ALL", "never", committed=("all", "not-in-this-manifest"))
    for render_id in ("New", "Row-A.b", "x1"):
        ledger.commit(render_id)
    lost = list(ledger.lost(records=["New", "x1", "other"], images=["New", "Row-A.b", "other"]))
    assert lost == ["Row-A.b", "x1", "ALL"]
    assert [ledger.has_lost(name) for name in ("x1", "X1", "New", "never", "other")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_capitals_and_contents_are_told_apart_as_before():
    ledger = Ledger()
    assert ledger.meet("Abc", "1") is Standing.NEW
    ledger.commit("Abc")
    assert ledger.meet("Abc", "1") is Standing.DUPLICATE
    assert ledger.meet("abc", "1") is Standing.CLASH
    assert ledger.meet("Abc", "2") is Standing.CLASH
