"""`cluster/slurm/render.sbatch` in an allocation: a shard is rendered on a Ray cluster that comes and goes with it."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_slurm import allocation
from programs import environment, run, semstyle

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPT = REPOSITORY / "cluster" / "slurm" / "render.sbatch"
RECORDER = """#!{python}
import json, os, signal, socket, sys, time
words = sys.argv
if words[1:2] == ["run"]:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit({stopped}))
kept = ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "SLURM_PROCID")
note = {{"words": [os.path.basename(words[0]), *words[1:]], "environment": {{n: os.environ.get(n) for n in kept}}}}
with open({log!r}, "a") as file:
    file.write(json.dumps(note) + "\\n")
if words[1:2] == ["run"]:
    while '"--address=' not in open({log!r}).read():  # until the other node has noted its own
        time.sleep(0.05)
    time.sleep({seconds})
    sys.exit({code})
if {fails}:
    sys.exit(1)
if "--head" in words:
    port = next(word.split("=")[1] for word in words if word.startswith("--port="))
    listener = socket.create_server(("", int(port)))
time.sleep(60)
"""
CALLS = "calls.jsonl"


def recorders(folder: Path, code: int = 0, seconds: float = 0, fails: bool = False) -> Path:
    """An environment with a `ray` and a `semstyle` that note how they were called; gives its folder."""
    programs = folder / "environment" / "bin"
    programs.mkdir(parents=True)
    # Of what the script asks Python, whether a driver can join is answered at once.
    cases = f'*ray.init*) exit {int(fails)} ;; *) exec {sys.executable} "$@" ;;'
    (programs / "python").write_text(f"#!/bin/sh\ncase $2 in {cases} esac\n")
    (programs / "python").chmod(0o755)
    (programs / "sleep").write_text("#!/bin/sh\nexec /bin/sleep 0.1\n")
    (programs / "sleep").chmod(0o755)
    text = RECORDER.format(
        python=sys.executable, log=str(folder / CALLS), code=code, seconds=seconds, stopped=130, fails=fails
    )
    for name in ("ray", "semstyle"):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    return programs.parent


STARTED: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def end_what_is_left() -> Iterator[None]:
    """A job that a failed test has left ends what it started."""
    yield
    for process in STARTED:
        process.terminate()
        process.communicate(timeout=60)
    STARTED.clear()


def start(folder: Path, variables: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        ["bash", str(SCRIPT), *arguments],
        cwd=folder,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    STARTED.append(process)
    return process


def calls(folder: Path) -> list[dict]:
    file = folder / CALLS
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def call(folder: Path, *words: str) -> dict:
    (found,) = (one for one in calls(folder) if set(words) <= set(one["words"]))
    return found


def test_a_task_of_the_array_renders_its_shard_on_a_cluster_of_its_own(tmp_path: Path) -> None:
    variables = allocation(tmp_path, 4711, task=3, tasks=4) | {"SEMSTYLE": str(recorders(tmp_path))}
    process = start(tmp_path, variables, "s3://b/m parquet", "s3://b/out", "--batch", "8")
    printed = process.communicate(timeout=60)[0]
    assert process.returncode == 0, printed
    driver, head = call(tmp_path, "run"), call(tmp_path, "--head")
    (worker,) = (one for one in calls(tmp_path) if any(word.startswith("--address=") for word in one["words"]))
    options = dict(zip(driver["words"], driver["words"][1:], strict=False))
    assert driver["words"][:5] == ["semstyle", "run", "s3://b/m parquet", "-o", "s3://b/out"]
    assert options["--shard"] == "3/4" and options["--batch"] == "8"
    assert f"--address={options['--address']}" in worker["words"]
    assert {"--num-cpus=1", "--block"} <= set(head["words"]) & set(worker["words"])
    assert "--temp-dir=/tmp/semstyle-4711/head" in head["words"]
    assert "--temp-dir=/tmp/semstyle-4711/worker-0" in worker["words"], "nodes never share a folder"
    tokens = {one["environment"]["RAY_AUTH_TOKEN"] for one in (driver, head, worker)}
    assert len(tokens) == 1 and re.fullmatch("[0-9a-f]{64}", *tokens)
    told = [word for one in calls(tmp_path) for word in one["words"]]
    assert not any(token in word for token in tokens for word in told), "others see command lines"


@pytest.mark.parametrize("code", [2, 3, 130])
def test_the_runs_exit_code_is_the_jobs(tmp_path: Path, code: int) -> None:
    variables = allocation(tmp_path, 4712, task=1, tasks=1) | {"SEMSTYLE": str(recorders(tmp_path, code))}
    process = start(tmp_path, variables, "m", "out")
    process.communicate(timeout=60)
    assert process.returncode == code


def test_one_shard_of_an_array_can_be_rendered_alone(tmp_path: Path) -> None:
    variables = allocation(tmp_path, 4713, task=3, tasks=3) | {"SEMSTYLE": str(recorders(tmp_path)), "SHARDS": "4"}
    start(tmp_path, variables, "m", "out").communicate(timeout=60)
    words = call(tmp_path, "run")["words"]
    assert words[words.index("--shard") + 1] == "3/4"


@pytest.mark.parametrize("seconds", [0, 0.5])
def test_slurms_warning_reaches_the_run_and_nothing_is_left(tmp_path: Path, seconds: float) -> None:
    programs = recorders(tmp_path, seconds=50)
    slow_kill = tmp_path / "slow_kill"  # after so many seconds the run has ended before the script waits for it again
    slow_kill.write_text(f'kill() {{ builtin kill "$@"; /bin/sleep {seconds}; }}\n')
    variables = allocation(tmp_path, 4714, task=1, tasks=1) | {"SEMSTYLE": str(programs), "BASH_ENV": str(slow_kill)}
    process = start(tmp_path, variables, "m", "out")
    deadline = time.monotonic() + 50
    while not any(one["words"][1] == "run" for one in calls(tmp_path)):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=40)
    assert process.returncode == 130
    assert [line for line in started_by(programs) if "pytest" not in line] == []


def started_by(programs: Path) -> list[str]:
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().split(b"\0")
        except OSError:
            continue
        if any(word.startswith(str(programs).encode()) for word in words):
            found.append(shlex.join(word.decode(errors="replace") for word in words))
    return found


def test_a_head_that_does_not_start_ends_the_job(tmp_path: Path) -> None:
    variables = allocation(tmp_path, 4715, task=1, tasks=1) | {"SEMSTYLE": str(recorders(tmp_path, fails=True))}
    process = start(tmp_path, variables, "m", "out")
    printed = process.communicate(timeout=60)[0]
    assert process.returncode == 1 and "Ray's head on node-a did not start" in printed
    assert not [one for one in calls(tmp_path) if one["words"][0] == "semstyle"]


def test_what_slurm_is_asked_for() -> None:
    asked = dict(re.findall(r"^#SBATCH --([a-z-]+)=?(.*)$", SCRIPT.read_text(), re.MULTILINE))
    assert asked["ntasks-per-node"] == "1", "a Ray node for each of Slurm's"
    assert re.fullmatch(r"B:TERM@\d+", asked["signal"]), "the shell is told before its time is over, and tells the run"
    assert "requeue" in asked


@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_two_tasks_render_every_row_once(tmp_path: Path, pictures: Path) -> None:
    rows = ["style,size,iterations,seed", *(f"{pictures / 'style.png'},32,2,{seed}" for seed in range(4))]
    (tmp_path / "rows.csv").write_text("\n".join(rows))
    built = run(semstyle("manifest", "build", "rows.csv", "-o", "m.parquet"), tmp_path)
    assert built.returncode == 0, built.stderr
    variables = environment() | {"SEMSTYLE": str(Path(sys.executable).parents[1])}
    for task in (1, 2):
        process = start(
            tmp_path,
            variables | allocation(tmp_path, 4720 + task, task, tasks=2),
            "m.parquet",
            "out",
            "--gpus-per-render=0",
        )
        printed = process.communicate(timeout=400)[0]
        assert process.returncode == 0, printed
    assert len(list((tmp_path / "out" / "images").iterdir())) == 4
    verified = run(semstyle("verify", "out"), tmp_path)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    status = json.loads(run(semstyle("status", "out", "--json"), tmp_path).stdout)
    assert [shard["rendered"] for shard in status["shards"]] == [2, 2]
    assert not list(Path("/tmp").glob("semstyle-472[12]"))
