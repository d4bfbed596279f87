"""No option, path or id is lost on a narrow terminal, nor in a pipe."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from programs import environment, run, semstyle
from typer.main import get_command

from semstyle.cli import run_command
from semstyle.commands.app import app
from semstyle.farm import RunOptions
from semstyle.farm.monitor.highlights import LastFailure, SlowRender
from semstyle.farm.monitor.status import Status
from semstyle.farm.output.job import begin_job
from semstyle.farm.output.layout import STATUS
from semstyle.storage import Folder

WIDTHS = (80, 60)
LONG_ID = "portrait-of-a-cat-in-petals.style-weight-250.semantic-weight-100.seed-12345"
FOLDERS = "/".join(f"a-folder-with-a-long-name-{number}" for number in range(4))


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, part in getattr(command, "commands", {}).items():
        yield from commands(part, (*path, name))


EVERY = list(commands(get_command(app)))


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize(("path", "command"), EVERY, ids=[" ".join(path) or "semstyle" for path, _ in EVERY])
def test_help_has_every_option_whole(
    path: tuple[str, ...],
    command: Any,
    columns: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys, "argv", ["semstyle", *path, "--help"])
    with pytest.raises(SystemExit) as ended:
        run_command()
    shown = capsys.readouterr().out
    words = shown.replace(",", " ").split()
    assert ended.value.code in (0, None)
    for parameter in command.params:
        names = (*parameter.opts, *parameter.secondary_opts)
        assert all(name in words for name in names) if names[0].startswith("-") else parameter.metavar in shown
    assert all(name in words for name in getattr(command, "commands", {}))
    assert "..." not in shown.replace("[ARGS]...", "").replace("}...", "")
    assert max(map(len, shown.splitlines())) <= columns


def on_terminal(command: list[str], folder: Path, columns: int) -> str:
    """What ``command`` shows on a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    variables = {name: value for name, value in environment(TERM="xterm").items() if name not in {"COLUMNS", "LINES"}}
    with subprocess.Popen(command, cwd=folder, env=variables, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # the other side is closed
            pass
        os.close(ours)
        process.wait()
    return shown.decode().replace("\r\n", "\n")


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "m.parquet"
    columns = {"style": [f"{tmp_path}/{FOLDERS}/style.png", f"{FOLDERS}/other.png"], "render_id": [LONG_ID, None]}
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize("columns", WIDTHS)
def test_paths_are_cut_from_the_left_on_a_terminal_and_ids_never(manifest: Path, columns: int) -> None:
    shown = on_terminal(semstyle("manifest", "show", str(manifest)), manifest.parent, columns).splitlines()
    assert shown[0] == f"row 1  {LONG_ID}"
    paths = [line for line in shown if line.startswith("  style ")]
    assert [path.rpartition("/")[2] for path in paths] == ["style.png", "other.png"]
    assert [len(path) for path in paths] == [columns, columns]
    cut = paths[0].split()[1]
    assert cut.startswith("…") and f"{manifest.parent}/{FOLDERS}/style.png".endswith(cut[1:])


def test_everything_is_whole_in_a_pipe(manifest: Path) -> None:
    shown = run(semstyle("manifest", "show", str(manifest)), manifest.parent, COLUMNS="60").stdout
    assert LONG_ID in shown and f" {manifest.parent}/{FOLDERS}/style.png\n" in shown and "…" not in shown


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_status_has_paths_and_ids_whole(tmp_path: Path, columns: int) -> None:
    counts = dict.fromkeys(("duplicates", "skipped", "rendered", "failed_before", "retries", "left"), 0)
    now = datetime.now(UTC)
    failure = {"class": "input", "message": f"/{FOLDERS}/style.png: there is no such file", "failed_at": now}
    status = Status(
        run_id="run",
        state="finished",
        manifest=f"/{FOLDERS}/m.parquet",
        renders=2,
        failed=1,
        **counts,
        slowest=[SlowRender(render_id=LONG_ID, seconds=9.5)],
        last_failures=[LastFailure(render_id=LONG_ID, **failure)],
        started_at=now,
        updated_at=now,
    )
    Folder(str(tmp_path)).write(STATUS, status.as_json())
    command = semstyle("status", str(tmp_path))
    on_screen = on_terminal(command, tmp_path, columns)
    assert "…" not in on_screen and max(map(len, on_screen.splitlines())) <= columns
    cells = "".join(line.strip("│").partition("│")[2].strip() for line in on_screen.splitlines())
    in_pipe = run(command, tmp_path, COLUMNS=str(columns)).stdout
    for text in (status.manifest, LONG_ID, f"/{FOLDERS}/style.png"):
        assert text in cells and text in in_pipe


def test_verify_names_ten_and_counts_the_others(tmp_path: Path) -> None:
    manifest, out = tmp_path / "m.parquet", Folder(str(tmp_path / "out"))
    pq.write_table(pa.table({"style": [f"{number}.png" for number in range(200)]}), manifest)
    begin_job(out, str(manifest), RunOptions())
    out.write("records/broken.parquet", b"no record")
    shown = run(semstyle("verify", out.uri), tmp_path)
    assert shown.returncode == 3, shown.stderr
    *named, more, advice, counts = shown.stdout.splitlines()
    assert len(named) == 10 and named[0].startswith("broken: ")
    assert all("not rendered yet (row " in line for line in named[1:])
    assert more == "… and 191 more; in all 1 bad record, 200 missing (--json names the first hundred)"
    assert "--repair" in advice
    assert counts == "1 record, 0 failures, 200 missing, 201 problems"
