"""``semstyle submit`` to a real head: followed, stopped, left, and with its connection cut."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from in_process import Program, program
from programs import PATIENCE, REPOSITORY, environment, semstyle
from ray_head import NO_TOKEN, ray_head
from small_manifest import write_small_manifest
from tcp_proxy import TcpProxy

from semstyle.farm import read_status
from semstyle.farm.output.job import read_job
from semstyle.storage import Folder
from semstyle.submission.head import Head
from semstyle.submission.job_state import JobState
from semstyle.submission.outcome import outcome, read_traces

VERSION = "0.0.0+working.dir"
ONE_AT_A_TIME = ["--installed", "--cpus-per-render", "2", "--no-aggregate"]
LONG = [{"seed": seed, "iterations": 400, "render_id": f"row-{seed}"} for seed in range(200)]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ray_head() as address:
        yield address


@pytest.fixture
def head(address: str) -> Head:
    return Head(address)


@pytest.fixture
def submit(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Program:
    return program(tmp_path, monkeypatch, capsys, "submit", "--address", address)


class Client:
    """``semstyle submit`` as a process of its own, which writes into files."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._files = [folder / "stdout", folder / "stderr"]
        with self._files[0].open("wb") as stdout, self._files[1].open("wb") as stderr:
            self.process = subprocess.Popen(
                semstyle("submit", *arguments),
                cwd=folder,
                env=environment(**NO_TOKEN),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )

    @property
    def stdout(self) -> str:
        return self._files[0].read_text()

    @property
    def stderr(self) -> str:
        return self._files[1].read_text()

    def wait_until(self, condition: Callable[[], Any]) -> None:
        wait_for(condition, lambda: self.process.poll() is None, lambda: self.stdout + self.stderr)

    def ended(self) -> int:
        return self.process.wait(timeout=PATIENCE)


def wait_for(condition: Callable[[], Any], lives: Callable[[], bool], said: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert lives(), said()
        assert time.monotonic() < deadline, said()
        time.sleep(0.05)


def wait_for_end(head: Head, job_id: str) -> JobState:
    wait_for(lambda: head.job(job_id).is_over, lambda: True, lambda: head.log(job_id))
    return head.job(job_id)


def job_of(out: Path) -> str:
    job = read_job(Folder(str(out)))
    assert job is not None
    assert job.runs[-1].submission is not None
    return job.runs[-1].submission


def has_begun(out: Path) -> bool:
    return any((out / "records").glob("*.parquet"))


def test_a_manifest_is_rendered_with_the_code_that_travels(submit, head, pictures, tmp_path) -> None:
    folder = tmp_path / "it's; $(touch pwned) `touch pwned`"
    folder.mkdir()
    path = write_small_manifest(folder / "m *.parquet", pictures, {"tags": {"where": "x"}}, {"seed": 1})
    out = folder / "out"
    code = tmp_path / "code"
    shutil.copytree(REPOSITORY / "semstyle", code / "semstyle", ignore=shutil.ignore_patterns("__pycache__"))
    (code / "semstyle" / "__init__.py").write_text(f'"""A copy."""\n\n__version__ = "{VERSION}"\n')
    options = ["--working-dir", str(code), "--cpus-per-render", "2", "--where", "tags.where = x or seed = 1"]

    done = submit(path, "-o", str(out), *options, "--json")

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["state"], found["exit_code"], found["counts"]["rendered"]) == ("finished", 0, 2)
    assert (found["job"], found["run"]) == (job_of(out), read_status(str(out)).run_id)
    record = pq.read_table(next((out / "records").iterdir())).to_pylist()[0]
    assert record["semstyle_version"] == VERSION
    assert "finished: 2 rendered" in done.stderr  # the log, as stdout is for JSON
    assert "semstyle status" in done.stderr
    assert "ray job stop" in done.stderr
    assert not list(tmp_path.rglob("pwned"))

    stored = Folder(str(out))
    stored.write("status.json", read_status(str(out)).model_copy(update={"state": "aggregating"}).as_json())
    judged = outcome(stored, str(out), found["job"], read_traces(stored, found["job"]), None)
    assert judged.exit_code == 0  # though the last status was lost: the rows are there

    again = submit(path, "-o", str(out), "--installed", "--no-wait", "--json")
    submitted = json.loads(again.stdout)
    assert (again.returncode, submitted["state"]) == (0, "submitted")
    assert wait_for_end(head, submitted["job"]).exit_code == 0


def test_failures_give_3_and_secrets_are_nowhere(submit, head, pictures, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SOME_SECRET", "hush-hush-hush")
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not an image")
    path = write_small_manifest(tmp_path / "m.parquet", pictures, {}, {"style": str(broken)})
    out = tmp_path / "out"

    done = submit(path, "-o", str(out), *ONE_AT_A_TIME, "--env", "SOME_SECRET", "--max-attempts=1")

    assert done.returncode == 3, done.stderr
    assert done.stdout.splitlines()[-1].endswith("1 rendered, 1 failed; not every row is rendered")
    info = head._client.get_job_info(job_of(out)).model_dump()
    environment = info.pop("runtime_env")["env_vars"]
    assert environment["SOME_SECRET"] == "hush-hush-hush"  # Ray shows it here, as the help says
    for text in (done.stdout, done.stderr, json.dumps(info, default=str), head.log(job_of(out))):
        assert "hush" not in text
    assert not [file for file in out.rglob("*") if file.is_file() and b"hush" in file.read_bytes()]


def test_a_bad_manifest_gives_2_before_anything_starts(submit, head, tmp_path) -> None:
    before = len(head._client.list_jobs())
    done = submit("gone.parquet", "-o", "out")
    assert done.returncode == 2
    assert "there is no such manifest" in done.stderr
    assert len(head._client.list_jobs()) == before


def test_an_error_of_the_run_gives_its_exit_code(submit, pictures, tmp_path) -> None:
    path = write_small_manifest(tmp_path / "m.parquet", pictures, {})
    done = submit(path, "-o", "out", "--installed", "--cpus-per-render", "512")
    assert done.returncode == 2, done.stderr
    assert "no node can give a render" in done.stdout


@pytest.mark.chaos
def test_a_job_that_is_stopped_from_outside_gives_130(address, head, pictures, tmp_path) -> None:
    path = write_small_manifest(tmp_path / "m.parquet", pictures, *LONG)
    out = tmp_path / "out"
    client = Client(tmp_path, path, "-o", str(out), "--address", address, *ONE_AT_A_TIME, "--grace", "1", "--json")
    client.wait_until(lambda: has_begun(out))

    head.stop(job_of(out))

    assert client.ended() == 130, client.stderr
    found = json.loads(client.stdout)
    assert (found["state"], found["exit_code"]) == ("stopped", 130)
    assert read_status(str(out)).state == "stopped"
    assert 0 < found["counts"]["rendered"] < len(LONG)
    assert head.job(job_of(out)).name == "STOPPED"


@pytest.mark.chaos
def test_a_connection_that_is_cut_loses_and_repeats_no_line(address, head, pictures, tmp_path) -> None:
    path = write_small_manifest(tmp_path / "m.parquet", pictures, *({**row, "iterations": 60} for row in LONG[:12]))
    out = tmp_path / "out"
    proxy = TcpProxy(int(address.rpartition(":")[2]))
    near = f"http://127.0.0.1:{proxy.port}"
    client = Client(tmp_path, path, "-o", str(out), "--address", near, *ONE_AT_A_TIME, "--log", "-")
    client.wait_until(lambda: client.stdout.count("\n") > 8)

    def is_over() -> bool:  # on a machine so fast that there is nothing to be cut a second time
        return client.process.poll() is not None

    for breaks in (1, 2):
        proxy.cut()
        client.wait_until(lambda breaks=breaks: is_over() or client.stderr.count("trying again") == breaks)
        proxy.mend()
        lines = client.stdout.count("\n")
        client.wait_until(lambda lines=lines: is_over() or client.stdout.count("\n") > lines)

    assert client.ended() == 0, client.stderr
    *shown, last = client.stdout.splitlines()
    assert last.endswith("12 renders, 12 rendered")
    assert shown == head.log(job_of(out)).splitlines()
    assert "the head answers again" in client.stderr


@pytest.mark.chaos
def test_a_head_that_stays_silent_is_not_needed_for_the_exit_code(address, pictures, tmp_path) -> None:
    path = write_small_manifest(tmp_path / "m.parquet", pictures, *({"seed": seed} for seed in range(6)))
    out = tmp_path / "out"
    proxy = TcpProxy(int(address.rpartition(":")[2]))
    near = f"http://127.0.0.1:{proxy.port}"
    client = Client(tmp_path, path, "-o", str(out), "--address", near, *ONE_AT_A_TIME, "--json")
    client.wait_until(lambda: (out / "status.json").exists())
    proxy.cut()

    assert client.ended() == 0, client.stderr
    assert json.loads(client.stdout)["counts"]["rendered"] == 6
    assert f"looking at {out}" in client.stderr


class Terminal:
    """``semstyle submit`` on a terminal of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = semstyle("submit", *arguments)
        self.said = ""
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, environment(**NO_TOKEN))
        os.set_blocking(self._terminal, False)

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def wait_until(self, condition: Callable[[], Any]) -> None:
        wait_for(lambda: self._read() and condition(), lambda: True, lambda: self.said)

    def ended(self) -> int:
        code: list[int] = []

        def is_over() -> bool:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            code.extend([os.waitstatus_to_exitcode(status)] if pid else [])
            return bool(pid)

        self.wait_until(is_over)
        self._read()
        os.close(self._terminal)
        return code[0]

    def _read(self) -> bool:
        try:
            while data := os.read(self._terminal, 65536):
                self.said += data.decode(errors="replace")
        except OSError:  # nothing now, or closed
            pass
        return True


@pytest.mark.parametrize(
    "answers",
    [pytest.param(["what?\n", "d\n"], id="detach"), pytest.param(["\x03"], id="ctrl-c-again", marks=pytest.mark.chaos)],
)
def test_ctrl_c_and_detach_leave_the_job_at_work(answers, address, head, pictures, tmp_path) -> None:
    path = write_small_manifest(tmp_path / "m.parquet", pictures, *LONG)
    out = tmp_path / "out"
    terminal = Terminal(tmp_path, path, "-o", str(out), "--address", address, *ONE_AT_A_TIME, "--grace", "0")
    terminal.wait_until(lambda: has_begun(out))
    for number, answer in enumerate(["\x03", *answers]):
        terminal.wait_until(lambda number=number: terminal.said.count("stop the job (s)") >= number)
        terminal.type(answer)

    assert terminal.ended() == 130, terminal.said
    assert "detached; the job goes on" in terminal.said
    assert head.job(job_of(out)).name == "RUNNING"
    head.stop(job_of(out))
    wait_for_end(head, job_of(out))


@pytest.mark.chaos
def test_ctrl_c_and_stop_wait_for_the_run_to_say_so(address, head, pictures, tmp_path) -> None:
    path = write_small_manifest(tmp_path / "m.parquet", pictures, *LONG)
    out = tmp_path / "out"
    terminal = Terminal(tmp_path, path, "-o", str(out), "--address", address, *ONE_AT_A_TIME, "--grace", "1")
    terminal.wait_until(lambda: has_begun(out))
    terminal.wait_until(lambda: "of 200" in terminal.said and "1 in flight" in terminal.said)
    terminal.type("\x03")
    terminal.wait_until(lambda: "stop the job (s)" in terminal.said)
    asked_at = len(terminal.said)
    terminal.type("s\n")

    assert terminal.ended() == 130, terminal.said
    assert "\x1b[2K" in terminal.said, "how the run is doing is drawn over and over"
    assert "of 200" in terminal.said[asked_at:], "and drawn on after the question"
    assert f"job {job_of(out)} stopped" in terminal.said
    assert read_status(str(out)).state == "stopped"
    assert head.job(job_of(out)).name == "STOPPED"


@pytest.mark.chaos
def test_off_a_terminal_a_signal_detaches(address, head, pictures, tmp_path) -> None:
    path = write_small_manifest(tmp_path / "m.parquet", pictures, *LONG)
    out = tmp_path / "out"
    client = Client(tmp_path, path, "-o", str(out), "--address", address, *ONE_AT_A_TIME, "--grace", "0")
    client.wait_until(lambda: has_begun(out))
    client.process.send_signal(signal.SIGTERM)

    assert client.ended() == 130
    assert "detached; the job goes on" in client.stderr
    assert f"ray job stop --address {address} {job_of(out)}" in client.stderr
    assert head.job(job_of(out)).name == "RUNNING"
    head.stop(job_of(out))
    wait_for_end(head, job_of(out))
