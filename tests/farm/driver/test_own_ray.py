"""Where a Ray of our own keeps its files: what cannot be is one line before Ray starts, where Ray hangs or dies."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import run, semstyle

from semstyle.farm.driver import own_ray
from semstyle.farm.driver.cluster import connected
from semstyle.farm.driver.own_ray import check_folder
from semstyle.farm.errors import FarmError


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a path that is short enough."""
    folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


def test_a_folder_that_suits_is_made_and_left_empty(short, monkeypatch):
    monkeypatch.setenv("RAY_TMPDIR", str(short / "new"))
    check_folder()
    assert not list((short / "new").iterdir())


def test_a_run_says_what_is_wrong_with_the_folder(manifest, tmp_path):
    long = tmp_path / ("x" * 60)
    ended = run(semstyle("run", manifest({}), "-o", "out"), tmp_path, RAY_TMPDIR=str(long))
    assert ended.returncode == 2 and "Traceback" not in ended.stderr
    line = ended.stderr.splitlines()[-1]
    assert line == f"semstyle: {long}: Ray's sockets cannot have so long a path; {own_ray.MEND}"


def test_a_file_is_no_folder(short, monkeypatch):
    (short / "file").touch()
    monkeypatch.setenv("RAY_TMPDIR", str(short / "file"))
    with pytest.raises(FarmError, match=r"file: Ray cannot keep its files here .*; set RAY_TMPDIR"):
        check_folder()


def test_a_full_disk(short, monkeypatch):
    monkeypatch.setenv("RAY_TMPDIR", str(short))
    monkeypatch.setattr(own_ray, "ROOM", shutil.disk_usage(short).free + 2**40)
    with pytest.raises(FarmError, match=r"Ray needs [\d,]+ MiB for its files, and there are [\d,]+; make room"):
        check_folder()


def test_sockets_have_room_beside_the_longest_folder(short, monkeypatch):
    import ray._private.utils as ray_utils

    folder = str(short / ("x" * 99))[: own_ray.LONGEST_FOLDER]
    session = f"session_2026-12-31_23-59-59_999999_{2**22}"  # the highest process id of Linux
    ray_utils.validate_socket_filepath(os.path.join(folder, "ray", session, "sockets", "plasma_store"))  # noqa: PTH118


def test_a_machine_too_busy_for_ray_to_start_is_one_line(monkeypatch):
    late = "The current node timed out during startup."

    def init(**options: object) -> None:
        raise Exception(late)  # as Ray's own Node does

    monkeypatch.setattr("ray.is_initialized", lambda: False)
    monkeypatch.setattr("ray.init", init)
    with (
        pytest.raises(
            FarmError, match=rf"Ray did not start on this machine: {late}; where other work .* try again"
        ) as told,
        connected("local", lambda node: None),
    ):
        pass
    assert told.value.exit_code == 1, "nothing in the command is wrong"
