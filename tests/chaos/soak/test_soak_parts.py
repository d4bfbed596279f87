"""A soak's judgement: leaks, lies and losses are found, and nothing is found where nothing is."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from completeness import Leavings, problems
from findings import Growth
from lives import Life, slope_of
from process_sample import Sample, look_at
from soak_events import EventCounts
from soak_report import BEGIN, END, Report
from soak_rows import METHODS, Expected, write_manifest
from soak_store import Listing
from status_truth import RULES, DriverLife, Seen, Story, seconds_to_silence

from semstyle.farm.monitor.status import Status
from semstyle.manifest import BadRow, read_rows

NOISE = 4.0
MEMORY = Growth("memory", "worker", lambda at: at.memory, "MiB per 1,000 renders", 20.0, 100, 300)
EXPECTED = Expected(5, frozenset({"a", "b", "c"}), frozenset({"d"}))


def life(renders: int, leak: float = 0.0, seed: int = 0, warm_up: float = 100.0) -> Life:
    """A process that holds 300 MiB after its first 50 renders, and ``leak`` MiB more after each thousand."""
    dice = np.random.default_rng(seed)
    samples = [
        Sample(
            float(done),
            done,
            300 + warm_up * min(done, 50) / 50 + leak * done / 1000 + dice.normal(0, NOISE),
            500.0,
            60 + int(dice.integers(0, 3)) + int(leak * done / 1000),
            20,
            0.1 * done,
        )
        for done in range(0, renders, 10)
    ]
    return Life("worker", seed, samples)


def test_a_leak_is_found_in_noise_and_across_processes():
    flat = [life(600, seed=seed) for seed in range(5)]
    leaky = [life(600, 60.0, seed) for seed in range(5)]
    assert MEMORY.finding(flat, True).holds is True
    assert MEMORY.finding(leaky, True).holds is False
    slope = slope_of(leaky, MEMORY.quantity, 100, 300)
    assert slope is not None
    assert slope.per_thousand == pytest.approx(60, abs=10)
    assert slope.low < 60 < slope.high
    assert (slope.lives, slope.longest) == (5, 490)


def test_what_a_process_takes_at_its_beginning_is_no_leak():
    growing_first = [life(600, seed=seed, warm_up=400.0) for seed in range(3)]
    assert MEMORY.finding(growing_first, True).holds is True
    assert replace(MEMORY, warm_up=0, enough=50).finding([life(60, warm_up=400.0)], True).holds is False


def test_what_a_driver_takes_for_its_tables_is_no_leak():
    ended = life(600)
    ended.samples += [replace(ended.samples[-1], memory=500.0)] * 60
    assert MEMORY.finding([ended], True).holds is True


def test_a_leak_of_handles_is_found():
    handles = Growth("handles", "driver", lambda at: at.handles, "handles per 1,000 renders", 0.5, 100, 300)
    assert handles.finding([life(4000)], True).holds is True
    assert handles.finding([life(4000, 2.0)], True).holds is False


def test_too_little_to_judge_by_is_no_pass_where_it_must_be_judged():
    assert MEMORY.finding([life(200)], True).holds is False
    assert MEMORY.finding([life(200)], False).holds is None
    assert "too short" in MEMORY.finding([], False).figure


def test_a_sample_sees_open_files(tmp_path):
    before = look_at(os.getpid(), 0)
    files = [(tmp_path / f"{number}").open("w") for number in range(7)]
    after = look_at(os.getpid(), 0)
    for file in files:
        file.close()
    assert before is not None and after is not None
    assert after.handles - before.handles == 7
    assert after.kinds["file"] - before.kinds["file"] == 7
    assert after.memory > 10 and after.threads >= 1 and after.seconds >= before.seconds > 0
    assert look_at(2**22 + 1, 0) is None


def status(at: float, **changes: object) -> Status:
    """A status of 100 rows, of which 50 are done."""
    values = {
        "run_id": "one",
        "state": "running",
        "manifest": "m.parquet",
        "renders": 100,
        "duplicates": 0,
        "skipped": 10,
        "rendered": 30,
        "failed": 6,
        "failed_before": 4,
        "retries": 0,
        "left": 50,
        "running": 2,
        "queued": 1,
        "waiting": 1,
        "started_at": datetime.fromtimestamp(1000, UTC),
        "updated_at": datetime.fromtimestamp(at, UTC),
    }
    return Status.model_validate({**values, **changes})


def seen(at: float, told: float | None = None, silent: bool = False, **changes: object) -> Seen:
    """A status that was read at ``at``, written a second before unless ``told`` says when."""
    return Seen(at, status(at - 1 if told is None else told, **changes), silent)


def truthful() -> Story:
    """A run that is seen twice, paused, killed, found silent, continued by another, and finished."""
    other = {"run_id": "two", "started_at": datetime.fromtimestamp(1500, UTC), "skipped": 43, "rendered": 0}
    return Story(
        places=3,
        seen=[
            seen(1050),
            seen(1100, rendered=32, left=48),
            seen(1170, rendered=32, left=48, state="paused", running=0, queued=0),
            seen(1220, rendered=33, left=47),
            seen(1250, told=1219, rendered=33, left=47),
            seen(1310, told=1219, silent=True, rendered=33, left=47),
            seen(1505, told=1219, silent=True, rendered=33, left=47),
            seen(1510, **other, failed=0, failed_before=10, left=47),
            seen(1900, **{**other, "rendered": 47}, failed=0, failed_before=10, left=0, running=0, state="finished"),
        ],
        listings=[
            Listing(1040, 1041, 38, 9),
            Listing(1052, 1053, 41, 10),
            Listing(1085, 1086, 42, 10),
            Listing(1165, 1166, 43, 10),
            Listing(1175, 1176, 43, 10),
            Listing(1230, 1231, 45, 10),
            Listing(1520, 1521, 45, 10),
            Listing(1901, 1902, 90, 10),
        ],
        drivers=[DriverLife(999, 1222, True), DriverLife(1499, 1901)],
        pauses=[(1140, 1180)],
    )


def lies(story: Story) -> Counter[str]:
    return Counter({name: count for name, rule in RULES.items() if (count := len(list(rule(story))))})


def test_a_status_that_is_true_is_believed():
    assert lies(truthful()) == {}
    assert seconds_to_silence(truthful()) == [88]


@pytest.mark.parametrize(
    ("lie", "at", "changed"),
    [
        ("adds up", 0, seen(1050, left=49)),
        ("claims nothing that is not there", 0, seen(1050, rendered=32, left=48, failed=6)),
        ("claims nothing that is not there", 0, seen(1050, rendered=29, failed=7)),
        ("leaves out nothing that is there", 1, seen(1100, rendered=30, left=60, failed=6, failed_before=-6)),
        ("never goes backwards", 3, seen(1220, rendered=31, left=49)),
        ("never goes backwards", 8, seen(1512)),
        ("beats while its driver lives, and only then", 1, seen(1220, told=1100, silent=True, rendered=32, left=48)),
        ("beats while its driver lives, and only then", 5, seen(1310, told=1219, rendered=33, left=47)),
        ("beats while its driver lives, and only then", 5, seen(1250, rendered=33, left=47, state="finished")),
        ("beats while its driver lives, and only then", 7, seen(1600, told=1219, silent=True, rendered=33, left=47)),
        ("is paused when it says so", 2, seen(1170, rendered=32, left=48)),
        ("is paused when it says so", 2, seen(1170, rendered=32, left=48, state="paused")),
        ("has finished when it says so", 3, seen(1220, rendered=33, left=47, state="finished")),
    ],
)
def test_a_status_that_lies_is_caught(lie, at, changed):
    story = truthful()
    story.seen[at] = changed
    assert lies(story)[lie]


def test_records_that_come_during_a_pause_are_noticed():
    story = truthful()
    story.listings[4] = replace(story.listings[4], records=44)
    assert lies(story) == {"is paused when it says so": 1}


def test_a_finished_run_that_hides_a_record_is_caught():
    story = truthful()
    story.listings[-1] = replace(story.listings[-1], records=91)
    assert lies(story) == {"has finished when it says so": 1}


def leavings(**changes: object) -> Leavings:
    names = [f"images/{one}.png" for one in "abc"] + [f"records/{one}.parquet" for one in "abc"]
    papers = ["failures/d.json", "job.json", "status.json", "summary.json", "results/part-00000.parquet"]
    return replace(Leavings([*names, *papers, "report/index.html"], list("abc"), {"d": "input"}), **changes)


def test_a_whole_folder_has_no_problems():
    assert list(problems(leavings(), EXPECTED)) == []


@pytest.mark.parametrize(
    ("more", "fewer", "changes", "problem"),
    [
        ([], [], {"results": list("abbc")}, "b has a row of results/ 2 times"),
        ([], [], {"results": list("ab")}, "c has no row of results/"),
        (["records/b.parquet"], [], {}, "b has a record 2 times"),
        ([], ["records/b.parquet"], {}, "b has no record"),
        ([], ["images/b.png"], {}, "b has no image"),
        (["images/d.png"], [], {}, "d has a image that nobody asked for"),
        (["records/x.parquet", "images/x.png"], [], {}, "x has a record that nobody asked for"),
        (["failures/a.json"], [], {}, "a has a failure that nobody asked for"),
        ([], ["failures/d.json"], {}, "d has no failure"),
        ([], [], {"classes": {"d": "worker"}}, "d failed as worker"),
        ([".probe-17"], [], {}, ".probe-17 should not be there"),
        (["checkpoints/a.safetensors"], [], {}, "checkpoints/a.safetensors should not be there"),
    ],
)
def test_what_is_missing_or_over_is_found(more, fewer, changes, problem):
    left = leavings(**changes)
    left = replace(left, names=[name for name in [*left.names, *more] if name not in fewer])
    assert problem in list(problems(left, EXPECTED))


def test_a_run_that_was_stopped_may_lack_rows_but_no_image():
    left = replace(leavings(), names=["images/a.png", "images/b.png", "records/a.parquet"], results=[], is_partial=True)
    assert list(problems(left, EXPECTED)) == []
    without = replace(left, names=["records/a.parquet"])
    assert list(problems(without, EXPECTED)) == ["a has a record and no image"]


def test_the_manifest_is_as_it_says(tmp_path):
    path, expected = write_manifest(tmp_path, 300)
    found = list(read_rows(str(path)))
    assert len(found) == expected.rows == 300
    bad = {row.render_id for row in found if isinstance(row, BadRow)}
    gone = {row.render_id for row in found if not isinstance(row, BadRow) and not Path(row.styles[0]).exists()}
    assert bad and gone and not bad & gone and bad | gone == expected.failed
    assert {row.render_id for row in found} - bad - gone == expected.rendered
    assert 0 < 300 - expected.renders < 10, "some rows come twice"
    counts = Counter(row.parameters.method for row in found if not isinstance(row, BadRow))
    assert set(counts) == set(METHODS) and min(counts.values()) > 10


def test_events_are_counted_as_they_come(tmp_path):
    path = tmp_path / "events.jsonl"
    counts = EventCounts(path)
    counts.look()
    lines = [
        {"event": "attempt started", "render_id": "a", "pid": 7},
        {"event": "attempt committed", "render_id": "a", "pid": 7},
        {"event": "attempt failed", "render_id": "b", "class": "worker"},
        {"event": "row quarantined", "render_id": "c"},
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    path.write_text(text[:-9])
    counts.look()
    assert (counts.committed, counts.settled) == ({7: 1}, 1)
    path.write_text(text)
    counts.look()
    counts.look()
    assert (counts.settled, counts.failed_attempts, list(counts.begun)) == (2, {"worker": 1}, [7])


def test_figures_go_between_the_lines_of_a_page(tmp_path):
    report = Report(20, 20, 1.0, 1, 60.0, {"worker": 3}, {"worker": 2}, [MEMORY.finding([life(600)], True)], [])
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nformer\n{END}\nafter\n")
    report.write_page(page)
    text = page.read_text()
    assert text.startswith(f"before\n{BEGIN}\nSoak: 20 of 20 renders") and text.endswith(f"\n{END}\nafter\n")
    assert "former" not in text and "3 × worker" in text and "| memory |" in text
    page.write_text("nothing")
    with pytest.raises(ValueError, match="no lines"):
        report.write_page(page)
