"""Which folders ``--keep`` removes: complete nights of our own, the oldest, and nothing that only looks so."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from semstyle.dataset.nightly import removal
from semstyle.dataset.nightly.latest import move_latest
from semstyle.dataset.nightly.removal import nights_in, remove_old_nights
from semstyle.dataset.nightly.state import AFTER_RENDER, NightState, NightStep, read_state
from semstyle.storage import Folder, StorageError

LAST = date(2026, 11, 28)
DONE = [NightStep.PLAN, NightStep.RENDER, *AFTER_RENDER]


def add_night(root: Path, night: date, done: list[NightStep] = DONE, previous: date | None = None) -> Path:
    folder = root / night.isoformat()
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "a.png").write_bytes(b"image")
    (folder / "job.json").write_text("{}")
    state = NightState(night=night, done=done, previous=previous)
    (folder / "night.json").write_text(state.model_dump_json())
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Six complete nights, of which ``latest`` names the last."""
    for days in range(6):
        add_night(tmp_path, LAST - timedelta(days))
    move_latest(Folder(str(tmp_path)), LAST)
    return tmp_path


def there(root: Path) -> list[int]:
    return sorted(int(path.name[-2:]) for path in root.iterdir() if path.is_dir())


def test_the_last_ones_are_kept(root: Path) -> None:
    gone = remove_old_nights(Folder(str(root)), 4, LAST)
    assert [night.day for night in gone] == [23, 24] and there(root) == [25, 26, 27, 28]
    assert remove_old_nights(Folder(str(root)), 4, LAST) == []
    assert remove_old_nights(Folder(str(root)), 30, LAST) == []


def test_what_latest_names_and_tonight_are_never_removed(root: Path) -> None:
    pointer = json.loads((root / "latest").read_text())
    (root / "latest").write_text(json.dumps({**pointer, "night": "2026-11-23"}))
    remove_old_nights(Folder(str(root)), 1, date(2026, 11, 26))
    assert there(root) == [23, 26, 27, 28], "later nights than tonight's are not looked at"


def test_a_night_that_is_not_complete_stays_and_so_does_what_it_is_compared_with(root: Path) -> None:
    add_night(root, date(2026, 11, 20), DONE[:-1])
    add_night(root, date(2026, 11, 30), DONE[:2], previous=date(2026, 11, 23))
    remove_old_nights(Folder(str(root)), 2, LAST)
    assert there(root) == [20, 23, 27, 28, 30]


@pytest.mark.parametrize(
    "name",
    [
        "20261101",
        "2026-11-1",
        "2026-13-01",
        "2026-W44-1",
        "2026-11-01 ",
        "2026-11-01\n",
        "２０２６-11-01",
        "..2026-11-01",
        "thesis",
        "inputs",
        "2026-11-01.bak",
    ],
)
def test_folders_of_other_names_stay_even_with_the_mark_of_a_night(name: str, root: Path) -> None:
    folder = add_night(root, date(2026, 11, 1)).rename(root / name)
    remove_old_nights(Folder(str(root)), 1, LAST)
    assert (folder / "images" / "a.png").exists()


@pytest.mark.parametrize(
    "mark",
    [
        None,
        "{",
        "[]",
        '{"made_by": "another", "night": "2026-11-01", "done": ["latest"]}',
        NightState(night=date(2026, 11, 2), done=DONE).model_dump_json(),
        "\x00" * 100,
    ],
)
def test_folders_of_dates_without_the_mark_of_that_night_stay(mark: str | None, root: Path) -> None:
    folder = add_night(root, date(2026, 11, 1))
    (folder / "night.json").unlink()
    if mark is not None:
        (folder / "night.json").write_text(mark)
    remove_old_nights(Folder(str(root)), 1, LAST)
    assert (folder / "images" / "a.png").exists()


def test_links_are_neither_followed_nor_removed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    kept = add_night(elsewhere, date(2026, 11, 1))
    (root / "2026-11-01").symlink_to(kept)
    (root / "2026-11-23" / "more").symlink_to(elsewhere)
    (root / "2026-11-23" / "dataset").mkdir()
    (root / "2026-11-23" / "dataset" / "more").symlink_to(elsewhere)
    remove_old_nights(Folder(str(root)), 1, LAST)
    assert not (root / "2026-11-23").exists() and (root / "2026-11-01").is_symlink()
    assert (kept / "images" / "a.png").exists()


def test_a_removal_that_was_cut_short_is_gone_on_with(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = removal.remove_entry

    def stumbling(folder: Folder, name: str) -> None:
        if name == "job.json":
            raise StorageError("gone")
        real(folder, name)

    with monkeypatch.context() as patch:
        patch.setattr(removal, "remove_entry", stumbling)
        with pytest.raises(StorageError):
            remove_old_nights(Folder(str(root)), 5, LAST)
    half = Folder(str(root / "2026-11-23"))
    state = read_state(half)
    assert state is not None and state.is_being_removed and not half.exists("images/a.png")
    assert [night.day for night in remove_old_nights(Folder(str(root)), 5, LAST)] == [23]
    assert there(root) == [24, 25, 26, 27, 28]


def test_a_bucket_has_nights_too(root: Path, s3: str) -> None:
    nights = Folder(f"{s3}/old")
    for path in root.rglob("*"):
        if path.is_file():
            nights.write(path.relative_to(root).as_posix(), path.read_bytes())
    nights.write("2026-11-01/mine.txt", b"mine")
    assert [night.day for night in remove_old_nights(nights, 3, LAST)] == [23, 24, 25]
    left = {path.rpartition("/old/")[2] for path in nights.filesystem.find(nights.path())}
    assert {path.split("/")[0] for path in left} == {
        "2026-11-01",
        "2026-11-26",
        "2026-11-27",
        "2026-11-28",
        "latest",
    }
    assert {night.day for night in nights_in(nights)} >= {1, 26, 27, 28}
