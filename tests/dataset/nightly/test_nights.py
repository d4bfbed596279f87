"""A night from its spec to ``latest``: its steps, what stops it, and what the next one takes over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest
from nights_at_work import FIRST, SECOND, THIRD, order, render_without_ray, without_ray, write_spec

from semstyle.dataset.comparison.requirements import Limits, Requirements
from semstyle.dataset.export import DatasetFormat, ExportOptions
from semstyle.dataset.nightly import NightSummary, make_night, steps
from semstyle.dataset.nightly.latest import read_latest
from semstyle.dataset.nightly.state import NightStep, read_state
from semstyle.errors import InputError
from semstyle.farm import RunSummary, repair
from semstyle.farm.monitor.notice import Message, Notices
from semstyle.storage import Folder

KEPT = Requirements(max_failures_new=0, max_missing=0, limits={"loss": Limits.model_validate({"max_increase": 0.0})})
NEVER_KEPT = Requirements(limits={"fid_of_nothing": Limits.model_validate({"max_increase": 0.0})})


@pytest.fixture(autouse=True)
def rendered_here() -> Iterator[None]:
    with without_ray():
        yield


@pytest.fixture
def spec(tmp_path: Path, pictures: Path) -> str:
    return write_spec(tmp_path / "spec", pictures)


def rows(root: Path, night: date) -> list[dict[str, Any]]:
    files = sorted((root / night.isoformat() / "dataset" / "data").glob("*.parquet"))
    columns = ["render_id", "split", "target_map", "style"]
    return [row for file in files for row in ds.dataset(file).to_table(columns=columns).to_pylist()]


def test_two_nights_of_the_same_are_compared_and_latest_moves(spec: str, tmp_path: Path) -> None:
    root, told = tmp_path / "nights", []
    first = make_night(order(root, FIRST, spec, requirements=KEPT), lambda step, line: told.append((step, line)))
    assert (first.exit_code, first.latest) == (0, FIRST)
    assert [step for step, _ in told] == list(NightStep)[:-1]
    assert dict(told) == first.steps and "no night before" in first.steps[NightStep.COMPARE]
    assert first.steps[NightStep.PLAN].startswith("4 rows in ")
    assert first.steps[NightStep.VERIFY] == "4 records, 0 failures, clean"

    second = make_night(order(root, SECOND, spec, requirements=KEPT))
    assert (second.exit_code, second.latest) == (0, SECOND)
    assert second.steps[NightStep.COMPARE].startswith(f"with {FIRST}: all 3 requirements are kept")
    assert (root / str(SECOND) / "comparison" / "index.html").exists()
    pointer = json.loads((root / "latest").read_text())
    assert (pointer["night"], pointer["dataset"]) == (str(SECOND), f"{SECOND}/dataset")
    assert (root / pointer["dataset"] / "dataset.json").exists()
    assert {row["render_id"] for row in rows(root, FIRST)} == {row["render_id"] for row in rows(root, SECOND)}


def test_a_broken_requirement_leaves_latest_and_the_next_night_is_compared_with_it(spec: str, tmp_path: Path) -> None:
    root = tmp_path / "nights"
    make_night(order(root, FIRST, spec))
    broken = make_night(order(root, SECOND, spec, requirements=NEVER_KEPT, keep=1))
    assert (broken.exit_code, broken.latest, list(broken.steps)[-1]) == (3, FIRST, NightStep.COMPARE)
    assert "fid_of_nothing max_increase: no pair has this number" in broken.steps[NightStep.COMPARE]
    assert (root / str(FIRST)).exists()
    third = make_night(order(root, THIRD, spec, requirements=KEPT))
    assert third.steps[NightStep.COMPARE].startswith(f"with {FIRST}: ") and third.latest == THIRD
    again = make_night(order(root, SECOND, spec, requirements=KEPT))
    assert again.exit_code == 0 and f"names {THIRD}, which is later" in again.steps[NightStep.LATEST]
    assert read_latest(Folder(str(root))) == THIRD


def damaging(*arguments: Any, **more: Any) -> RunSummary:
    """Render, and then lose a part of an image."""
    summary = render_without_ray(*arguments, **more)
    image = min(Path(arguments[1], "images").iterdir())
    image.write_bytes(image.read_bytes()[:-1])
    return summary


def test_what_is_not_clean_is_not_exported(spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "nights"
    make_night(order(root, FIRST, spec))
    with monkeypatch.context() as patch:
        patch.setattr(steps, "run_manifest", damaging)
        found = make_night(order(root, SECOND, spec))
    assert (found.exit_code, found.latest, list(found.steps)[-1]) == (3, FIRST, NightStep.VERIFY)
    assert "1 problem, the first: " in found.steps[NightStep.VERIFY]
    assert "the image is not the one that was recorded" in found.steps[NightStep.VERIFY]
    assert not (root / str(SECOND) / "dataset").exists()
    assert repair(str(root / str(SECOND))).to_render == 1
    mended = make_night(order(root, SECOND, spec))
    assert (mended.exit_code, mended.latest) == (0, SECOND)


def test_rows_that_are_left_end_the_night_for_now(spec: str, tmp_path: Path) -> None:
    root = tmp_path / "nights"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "run_manifest", one_is_left)
        found = make_night(order(root, FIRST, spec))
    assert (found.exit_code, found.latest, list(found.steps)[-1]) == (0, None, NightStep.RENDER)
    assert "others are left" in found.steps[NightStep.RENDER]
    assert make_night(order(root, FIRST, spec)).latest == FIRST


def one_is_left(*arguments: Any, **more: Any) -> RunSummary:
    summary = render_without_ray(*arguments, **more)
    return summary.model_copy(update={"status": summary.status.model_copy(update={"skipped": 3})})


def test_inputs_stay_in_their_splits_from_night_to_night(pictures: Path, tmp_path: Path) -> None:
    root = tmp_path / "nights"
    export = ExportOptions(DatasetFormat.PARQUET, "content", (0.4, 0.3, 0.3))
    known: dict[str, str] = {}
    for night, targets in ((FIRST, 2), (SECOND, 4), (THIRD, 7)):
        spec = write_spec(tmp_path / "spec", pictures, targets=targets, seeds=1)
        assert make_night(order(root, night, spec, export=export)).exit_code == 0
        found = {row["target_map"]: row["split"] for row in rows(root, night)}
        assert len(found) == targets and found.items() >= known.items()
        known = found
    assert len(set(known.values())) > 1


def test_a_render_made_later_has_the_data_set_made_anew(spec: str, tmp_path: Path) -> None:
    root = tmp_path / "nights"
    make_night(order(root, FIRST, spec))
    lost = min((root / str(FIRST) / "records").iterdir())
    lost.unlink()
    (root / str(FIRST) / "images" / f"{lost.stem}.png").unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "run_manifest", rendered_one_more)
        found = make_night(order(root, FIRST, spec))
    assert found.exit_code == 0 and len(rows(root, FIRST)) == 4
    state = read_state(Folder(str(root / str(FIRST))))
    assert state is not None and state.is_complete and not state.is_outdated


def rendered_one_more(*arguments: Any, **more: Any) -> RunSummary:
    summary = render_without_ray(*arguments, **more)
    return summary.model_copy(update={"status": summary.status.model_copy(update={"rendered": 1, "skipped": 3})})


def test_a_complete_night_is_left_as_it_is(spec: str, tmp_path: Path) -> None:
    root = tmp_path / "nights"
    make_night(order(root, FIRST, spec, keep=3))
    dataset = root / str(FIRST) / "dataset"
    before = {path: path.stat().st_mtime_ns for path in (*dataset.rglob("*"), root / "latest")}
    again = make_night(order(root, FIRST, spec, keep=3))
    assert again.exit_code == 0 and again.steps[NightStep.VERIFY] == "clean, as checked before"
    assert before == {path: path.stat().st_mtime_ns for path in (*dataset.rglob("*"), root / "latest")}


@pytest.mark.parametrize("name", ["2026-11-26/thesis.tex", "2026-11-26/night.json", "latest"])
def test_what_is_not_a_nights_is_left_alone(name: str, spec: str, tmp_path: Path) -> None:
    root = tmp_path / "nights"
    (root / name).parent.mkdir(parents=True)
    (root / name).write_text("years of work")
    with pytest.raises(InputError, match=r"something else|not one of semstyle's|not what"):
        make_night(order(root, FIRST, spec))
    assert [path for path in root.rglob("*") if path.is_file()] == [root / name]


def test_people_are_told_of_the_nights_end_and_not_of_its_runs(spec: str, tmp_path: Path) -> None:
    sent: list[Message] = []
    notices = Notices(lambda message: not sent.append(message), "nights", tells_run_end=False)
    found: NightSummary = make_night(order(tmp_path / "nights", FIRST, spec), notices=notices)
    notices.close()
    assert [message.title for message in sent] == [f"semstyle: night {FIRST} good"]
    assert found.told in sent[0].body and "0 failed" in sent[0].body


def test_a_night_in_a_bucket(spec: str, s3: str, tmp_path: Path) -> None:
    root = Folder(f"{s3}/nights")
    make_night(order(root.uri, FIRST, spec))
    with pytest.MonkeyPatch.context() as patch:  # its data set is made anew
        patch.setattr(steps, "run_manifest", rendered_one_more)
        assert make_night(order(root.uri, FIRST, spec)).exit_code == 0
    assert root.exists(f"{FIRST}/dataset/dataset.json")
    for night in (SECOND, THIRD):
        found = make_night(order(root.uri, night, spec, requirements=KEPT, keep=2))
        assert found.exit_code == 0, found
    assert found.steps[NightStep.REMOVE].startswith(f"{FIRST}; the last 2 complete nights are kept")
    gone = root.path(str(FIRST))
    assert not [path for path in root.filesystem.find(gone) if path.startswith(f"{gone}/")]
    assert root.exists(f"{SECOND}/dataset/dataset.json") and read_latest(root) == THIRD
