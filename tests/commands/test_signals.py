"""Signals at every moment of a run: it ends soon, says how it ended, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from programs import environment, semstyle, start, wait_until
from silent_server import silent_server

from semstyle.manifest.schema import written_schema

SMALL = {"size": 32, "phases": 1, "iterations": 2}
SOON = 15
"""Seconds; what waits for a server, for records or for Ray's own time limits takes longer."""
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture
def write(tmp_path: Path, pictures: Path) -> Callable[..., str]:
    """Writes a manifest of small renders of this style; returns its path."""

    def written(style: str | None = None, rows: int = 2) -> str:
        values = [{"style": style or str(pictures / "style.png"), "seed": seed, **SMALL} for seed in range(rows)]
        path = tmp_path / "manifest.parquet"
        pq.write_table(pa.Table.from_pylist(values, written_schema(set(values[0]))), path)
        return str(path)

    return written


@pytest.fixture
def sessions() -> Iterator[Path]:
    """Where the Ray that a run starts keeps its files; its sockets need a short path."""
    folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def state_of(out: Path) -> str:
    try:
        return str(json.loads((out / "status.json").read_text())["state"])
    except FileNotFoundError:
        return "not begun"


def assert_ended_as_stopped(process: subprocess.Popen[str], out: Path, begun: float) -> None:
    output, _ = process.communicate(timeout=60)
    assert time.monotonic() - begun < SOON, output
    assert process.returncode == 130, output
    assert "Traceback" not in output
    assert state_of(out) == "stopped"
    assert json.loads((out / "job.json").read_text())["runs"][-1]["state"] == "stopped"


@pytest.mark.parametrize("number", SIGNALS, ids=str)
def test_the_first_signal_ends_a_run_that_waits_for_a_silent_server(
    number: signal.Signals, write: Callable[..., str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with silent_server() as server:
        path = write(f"{server}/style.png")
        process = start(semstyle("run", path, "-o", str(out), "--allow-uri", server), tmp_path)
        wait_until(lambda: state_of(out) == "starting", process)
        time.sleep(2)  # until it has asked
        begun = time.monotonic()
        process.send_signal(number)
        assert_ended_as_stopped(process, out, begun)


def test_nothing_is_started_when_all_servers_are_silent(write: Callable[..., str], tmp_path: Path) -> None:
    with silent_server() as server:
        path = write(f"{server}/style.png")
        begun = time.monotonic()
        ended = subprocess.run(
            semstyle("run", path, "-o", "out", "--allow-uri", server),
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    assert ended.returncode == 2 and time.monotonic() - begun < 60
    line = ended.stderr.splitlines()[-1]
    assert re.fullmatch(r"semstyle: none of 1 .*has not answered within 20 s", line), ended.stderr
    assert json.loads((tmp_path / "out/status.json").read_text())["state"] == "failed"
    assert json.loads((tmp_path / "out/job.json").read_text())["runs"][-1]["state"] == "failed"


@pytest.mark.parametrize("number", [SIGNALS[1], pytest.param(SIGNALS[2], marks=pytest.mark.chaos)], ids=str)
def test_a_signal_in_aggregation_leaves_no_parts_behind(
    number: signal.Signals, write: Callable[..., str], sessions: Path, tmp_path: Path
) -> None:
    out, temporary = tmp_path / "out", tmp_path / "temporary"
    temporary.mkdir()
    program = str(Path(__file__).with_name("slow_aggregation.py"))
    command = [sys.executable, program, "run", write(), "-o", str(out), "--cpus-per-render", "1"]
    process = start(command, tmp_path, TMPDIR=str(temporary), RAY_TMPDIR=str(sessions))
    wait_until(lambda: state_of(out) == "aggregating" and any(temporary.glob("semstyle-parts-*")), process)
    begun = time.monotonic()
    process.send_signal(number)
    assert_ended_as_stopped(process, out, begun)
    assert not list(temporary.glob("semstyle-*"))
    assert len(list((out / "records").iterdir())) == 2
    assert not processes_of(sessions)


@pytest.mark.parametrize("wait", [0.5, 2.0, 4.0])
def test_a_signal_while_ray_starts_leaves_none_of_its_processes(
    wait: float, write: Callable[..., str], sessions: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = start(
        semstyle("run", write(rows=200), "-o", str(out), "--grace", "1"), tmp_path, RAY_TMPDIR=str(sessions)
    )
    wait_until(lambda: state_of(out) == "starting", process)
    time.sleep(wait)
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert_ended_as_stopped(process, out, begun)
    deadline = time.monotonic() + SOON
    while left := processes_of(sessions):
        assert time.monotonic() < deadline, left
        time.sleep(0.2)


def processes_of(sessions: Path) -> list[str]:
    """The command lines of processes that name this folder."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # no process, or gone by now
            continue
        if str(sessions) in line and folder.name != str(os.getpid()):
            found.append(line)
    return found


@pytest.mark.parametrize("number", SIGNALS, ids=str)
@pytest.mark.parametrize("wait", [0.15, 0.4, 0.8])
def test_an_early_signal_gets_no_traceback(number: signal.Signals, wait: float, tmp_path: Path) -> None:
    process = start(semstyle("manifest", "show", "none.parquet"), tmp_path)
    time.sleep(wait)
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode in {130, 2, -number}, output  # stopped; done before; before Python ran anything of ours
    assert "Traceback" not in output or "semstyle" not in output, output


def test_what_nohup_ignores_stays_ignored(tmp_path: Path, pictures: Path) -> None:
    arguments = ["--style", str(pictures / "style.png"), "--size", "64x64", "--set", "iterations=30", "-o", "out.png"]
    process = start(["nohup", *semstyle("render", *arguments)], tmp_path)
    for _ in range(20):
        time.sleep(0.3)
        process.send_signal(signal.SIGHUP)
        if process.poll() is not None:
            break
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert (tmp_path / "out.png").exists()
