"""What comes out of a render while it is made: notes of how far it has come, and pictures of its phases."""

from __future__ import annotations

import json
import math
import time
from dataclasses import replace
from pathlib import Path

import faults
import pytest
import torch
from PIL import Image

from semstyle.engine import Checkpoint, Evaluation
from semstyle.engine.rendering import Progress
from semstyle.farm import RunOptions, run_manifest, verify
from semstyle.farm.attempt import Assignment, Started
from semstyle.farm.demand import Demand
from semstyle.farm.driver import headway_reader
from semstyle.farm.driver.headway_reader import HeadwayReader
from semstyle.farm.monitor import headway
from semstyle.farm.monitor.headway import Headway, note_key, read_notes
from semstyle.farm.monitor.snapshot import Snapshot
from semstyle.farm.monitor.status import InFlight, Status
from semstyle.farm.output.layout import preview_phases
from semstyle.farm.worker import headway_notes
from semstyle.farm.worker.headway_notes import HeadwayNotes, Note
from semstyle.farm.worker.previews import Previews
from semstyle.manifest.row import Position, Row, make_row
from semstyle.report.page import write_report
from semstyle.storage import Folder

STARTED = Started("node", 7, 0.0)
LONG = {
    "size": 64,
    "phases": 2,
    "iterations": 50,
    "tolerance": 0.0,
    "style_layers": "1_1,2_1",
    "content_layers": "2_1",
}


class Collected:
    """Keeps every status that a run shows, and lets the render go on whose headway is among them.

    Args:
        heard: The file that the render waits for.
    """

    def __init__(self, heard: Path) -> None:
        self.statuses: list[Status] = []
        self._heard = heard

    def show(self, status: Status) -> None:
        self.statuses.append(status.model_copy())
        if any(flight.phase for flight in status.in_flight):
            self._heard.touch()

    def close(self) -> None:
        return


def assignment(out: Path, **changed) -> Assignment:
    row = make_row({"style": "s.png", "render_id": "a-1"}, Position("m.parquet", 1), str(out))
    assert isinstance(row, Row)
    return replace(Assignment(row, str(out), "run", Demand(0, 1)), **changed)


def progress(loss: float = 0.5) -> Progress:
    row = Evaluation(2, 3, 32, 48, loss, 0.0, {"3_1": 0.25, "4_1": math.inf}, 0.125, 1.0, 0.9, False, 4.0)
    return Progress(row, 13, 30, 3, False, 5.0, torch.zeros(3, 32, 48))


@pytest.mark.usefixtures("cluster")
def test_a_run_tells_how_far_its_renders_are_and_keeps_their_phases(manifest, tmp_path, monkeypatch):
    heard = tmp_path / "heard"
    tags = [("heard", str(heard))]
    path = manifest({"render_id": "long", "tags": tags, **LONG}, {"render_id": "short", "seed": 1})
    out, seen = tmp_path / "out", Collected(heard)
    monkeypatch.setattr(headway_reader, "NOTE_SECONDS", 0.1)

    options = RunOptions(cpus_per_render=1, preview=True)
    summary = run_manifest(path, str(out), options, progress=seen, perform=faults.telling_often)

    assert summary.exit_code == 0
    every = [flight for status in seen.statuses for flight in status.in_flight]
    told = [flight for flight in every if flight.render_id == "long" and flight.phase]
    assert {flight.phases for flight in told} == {2} and {flight.evaluations for flight in told} == {100}
    done = [flight.evaluation for flight in told]
    assert done == sorted(done) and 0 < done[0] <= done[-1] <= 100
    assert all(flight.loss and flight.losses["style_loss_2_1"] > 0 for flight in told)
    assert {found.running for status in seen.statuses for found in status.nodes} <= {1, 2}
    assert seen.statuses[-1].in_flight == [] and not read_notes(
        {note_key(summary.status.run_id, told[0].node, told[0].pid)}
    )

    assert sorted(file.name for file in (out / "previews").iterdir()) == ["long-1.jpg"]
    with Image.open(out / "previews" / "long-1.jpg") as picture:
        assert (picture.format, max(picture.size)) == ("JPEG", 32)
    (out / "previews" / "long-2.jpg").write_bytes(b"of a run that had more phases")
    assert verify(str(out)).is_good

    write_report(str(out))
    script = (out / "report" / "data" / "details-00000.js").read_text()
    details = json.loads(script[script.index("{") : script.rindex("}") + 1])
    pictures = {name: one["phases_pictures"] for name, one in zip(details["ids"], details["details"], strict=True)}
    assert pictures["short"] == []
    assert pictures["long"] == [{"phase": 1, "picture": "../previews/long-1.jpg"}]


def test_a_note_is_left_every_two_seconds_and_rarely_where_no_head_takes_it(tmp_path, monkeypatch):
    left: list[tuple[str, Headway]] = []
    clock = [100.0]
    takes = [True]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(headway_notes, "leave_note", lambda *note: (left.append(note), takes[0])[1])
    notes = HeadwayNotes(assignment(tmp_path), STARTED)

    def at(seconds: float) -> int:
        clock[0] = 100 + seconds
        assert notes.step(progress()) is None  # anything else could cancel the render
        return len(left)

    assert [at(0.0), at(1.9), at(2.1), at(2.2), at(4.2)] == [0, 0, 1, 1, 2]
    key, note = left[0]
    assert key == "run/node/7"
    assert note.beside == []
    assert note.model_dump(exclude={"beside"}) == {
        "render_id": "a-1",
        "phase": 2,
        "phases": 3,
        "evaluation": 13,
        "evaluations": 30,
        "loss": 0.5,
        "losses": {"style_loss_3_1": 0.25, "smoothness_loss": 0.125},
    }
    takes[0] = False
    assert [at(6.3), at(20.0), at(36.2), at(36.4)] == [3, 3, 3, 4]


@pytest.mark.usefixtures("cluster")
def test_a_run_of_batches_tells_how_far_each_render_is_and_keeps_their_phases(manifest, tmp_path, monkeypatch):
    heard = tmp_path / "heard"
    tags = [("heard", str(heard))]
    rows = ({"render_id": f"row{seed}", "seed": seed, "tags": tags, **LONG} for seed in range(2))
    out, seen = tmp_path / "out", Collected(heard)
    monkeypatch.setattr(headway_reader, "NOTE_SECONDS", 0.1)

    options = RunOptions(cpus_per_render=2, batch=2, preview=True)
    summary = run_manifest(manifest(*rows), str(out), options, progress=seen, perform=faults.telling_often)

    assert summary.exit_code == 0
    for row in ("row0", "row1"):
        told = [flight for status in seen.statuses for flight in status.in_flight if flight.render_id == row]
        told = [flight for flight in told if flight.phase]
        done = [flight.evaluation for flight in told]
        assert done == sorted(done) and 0 < done[0] <= done[-1] <= 100
        assert all(flight.phases == 2 and flight.losses["style_loss_2_1"] > 0 for flight in told)
    assert sorted(file.name for file in (out / "previews").iterdir()) == ["row0-1.jpg", "row1-1.jpg"]
    assert verify(str(out)).is_good


def test_the_renders_of_a_batch_share_their_processs_note(tmp_path, monkeypatch):
    left: list[Headway] = []
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(headway_notes, "leave_note", lambda key, note: left.append(note) or True)
    note = Note("run", STARTED)
    steps = []
    for number in range(100):
        row = make_row({"style": "s.png", "render_id": f"row{number}"}, Position("m.parquet", 1), str(tmp_path))
        steps.append(HeadwayNotes(Assignment(row, str(tmp_path), "run", Demand(0, 1)), STARTED, note).step)
    for number, step in enumerate(steps):
        step(progress(number))
    assert left == [], "no note is due"
    clock[0] += 2.1
    steps[5](progress(0.25))
    steps[6](progress(0.125))
    (told,) = left
    assert (told.of("row5").loss, told.of("row7").loss, told.of("row99"), told.of("other")) == (0.25, 7.0, None, None)
    assert len(told.beside) == headway.MOST_BESIDE
    assert Headway.model_validate_json(told.model_dump_json()) == told
    assert len(told.model_dump_json()) < 32_000


def test_a_loss_that_is_no_number_makes_a_note_without_one(tmp_path, monkeypatch):
    left = []
    monkeypatch.setattr(headway_notes, "NOTE_SECONDS", 0.0)
    monkeypatch.setattr(headway_notes, "leave_note", lambda key, note: left.append(note.model_dump_json()))
    HeadwayNotes(assignment(tmp_path), STARTED).step(progress(math.nan))
    assert Headway.model_validate_json(left[0]).loss is None


def snapshot(*flights: InFlight) -> Snapshot:
    return Snapshot(False, False, len(flights), flights, 0, 0, 2, (), None)


def flight(render_id: str, seconds: float) -> InFlight:
    return InFlight(render_id=render_id, attempt=1, node="node", pid=7, seconds=seconds)


def test_the_head_is_asked_only_about_renders_that_can_have_left_a_note(monkeypatch):
    asked = []
    note = Headway(render_id="here", phase=1, phases=2, evaluation=5, evaluations=20, loss=0.5)
    monkeypatch.setattr(headway_reader, "read_notes", lambda keys: (asked.append(keys), dict.fromkeys(keys, note))[1])
    removed = []
    monkeypatch.setattr(headway_reader, "remove_notes", removed.append)
    reader = HeadwayReader("run")
    for _ in range(3):
        assert reader.add_to(snapshot(flight("here", 0.5))).longest[0].phase is None
    reader.close()
    assert (asked, removed) == ([], [])

    reader.add_to(snapshot(flight("here", 2.5)))
    assert reader._reading is not None
    reader._reading.join()
    here, other = reader.add_to(snapshot(flight("here", 2.6), flight("next", 0.1))).longest
    assert (here.phase, here.evaluation, here.loss) == (1, 5, 0.5)
    assert other.phase is None, "the process's note is about the render before"
    reader._notes = {"run/node/7": note.model_copy(update={"beside": [note.model_copy(update={"render_id": "b"})]})}
    beside, other = reader.add_to(snapshot(flight("b", 2.6), flight("c", 2.6))).longest
    assert (beside.phase, beside.evaluation, other.phase) == (1, 5, None)
    reader.close()
    assert (asked, removed) == ([{"run/node/7"}], ["run"])


def test_what_others_leave_with_the_head_is_checked(monkeypatch):
    class Store:
        def internal_kv_multi_get(self, keys, namespace, timeout):
            return {b"good": b'{"render_id":"a","phase":1,"phases":1,"evaluation":1,"evaluations":2}', b"bad": b"\x80{"}

    monkeypatch.setattr(headway, "connected_head", Store)
    assert list(read_notes(["good", "bad"])) == ["good"]
    monkeypatch.setattr(headway, "connected_head", lambda: 1 / 0)
    assert read_notes(["good"]) == {}
    assert headway.leave_note("good", Headway(render_id="a", phase=1, phases=1, evaluation=1, evaluations=2)) is False


def test_a_preview_is_small_and_never_fails_a_render(tmp_path):
    phase = Checkpoint(2, torch.rand(3, 400, 800), [], 1.0)
    Previews(assignment(tmp_path)).store(phase)
    assert not (tmp_path / "previews").exists(), "nobody asked for any"
    Previews(assignment(tmp_path, preview=True)).store(phase)
    with Image.open(tmp_path / "previews" / "a-1-2.jpg") as picture:
        assert picture.size == (384, 192)
    (tmp_path / "file").write_text("in the way")
    Previews(assignment(tmp_path / "file", preview=True)).store(phase)


def test_previews_are_known_by_id_and_phase(tmp_path):
    folder = Folder(str(tmp_path))
    for name in ("a-1.jpg", "a-1-2.jpg", "a-1-10.jpg", "b-0.jpg", "b.jpg", ".x-1.jpg", "b-1.png", "b-x.jpg"):
        folder.write(f"previews/{name}", b"x")
    assert preview_phases(folder) == {"a": [1], "a-1": [2, 10]}
