"""What ``semstyle`` prints: any text in any locale, and no complaint when nobody reads it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from semstyle.farm.monitor.journal import Journal
from semstyle.farm.monitor.reporter import Reporter
from semstyle.farm.monitor.status import Heartbeat
from semstyle.farm.output.layout import STATUS
from semstyle.farm.rows.plan import Tally
from semstyle.storage import Folder

SEMSTYLE = [sys.executable, "-m", "semstyle.cli"]
WITHOUT_UTF8 = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
TAGS = {"题": "×…🙂", "ü": "é"}


def environment(**more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    return {**inherited, **more}


def run(folder: Path, *arguments: str | bytes, **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*SEMSTYLE, *arguments], cwd=folder, env=environment(**more), capture_output=True, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With umlauts in its name; in it a manifest, a grid spec and a style with a Chinese name."""
    folder = tmp_path_factory.mktemp("größe")
    Image.effect_noise((72, 64), 90).convert("RGB").save(folder / "写.png")
    tags = pa.array([list(TAGS.items())] * 1000, pa.map_(pa.string(), pa.string()))
    pq.write_table(pa.table({"style": ["写.png"] * 1000, "seed": range(1000), "tags": tags}), folder / "übung.parquet")
    (folder / "grid.yaml").write_text("inputs: [{style: 写.png, tags: {题: ü}}]", encoding="utf-8")
    return folder


COMMANDS: dict[str, tuple[list[str], int, str]] = {
    "help": (["--help"], 0, "Semantic style transfer"),
    "help with a letter that ASCII lacks": (["bench", "--help"], 0, "10⁷"),
    "show": (["manifest", "show", "übung.parquet"], 0, "×…🙂"),
    "show as JSON": (["manifest", "show", "übung.parquet", "--json"], 0, '"题": "×…🙂"'),
    "build": (["manifest", "build", "grid.yaml", "-o", "gebäut.parquet"], 0, "gebäut.parquet: 1 row"),
    "a file of no name": (["manifest", "show", "nicht/写.parquet"], 2, "nicht/写.parquet"),
    "render": (
        ["render", "--style", "写.png", "--size", "72x64", "--set", "iterations=1", "-o", "ü.png"],
        0,
        "saved ü.png",
    ),
}


@pytest.mark.parametrize("case", COMMANDS)
def test_a_locale_without_utf8_changes_nothing(case: str, folder: Path) -> None:
    arguments, code, expected = COMMANDS[case]
    done = run(folder, *(argument.encode() for argument in arguments), **WITHOUT_UTF8)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == code, said
    assert expected in said
    assert "Traceback" not in said


def test_files_whose_names_only_a_manifest_knows_are_found_without_utf8(folder: Path) -> None:
    pq.write_table(pa.table({"style": ["写.png"]}), folder / "one.parquet")
    done = run(folder, "manifest", "validate", "--check-inputs", "one.parquet", **WITHOUT_UTF8)
    assert (done.returncode, done.stdout) == (0, b"one.parquet: 1 row, no problems\n"), done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "utf-16"])
def test_json_is_json_in_every_encoding(encoding: str, folder: Path) -> None:
    arguments = ("manifest", "show", "übung.parquet", "--json", "--limit", "3")
    done = run(folder, *arguments, PYTHONIOENCODING=encoding, PYTHONUTF8="1")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.decode(encoding).splitlines()]
    assert [row["tags"] for row in rows] == [TAGS] * 3


TABLE = """
from semstyle.bench.table import BenchmarkTable
from semstyle.commands.bench import show
from semstyle.commands.streams import forgiving_streams

with forgiving_streams():
    show(BenchmarkTable("a table", "semstyle bench", ("…🙂",), [("…🙂",)]), as_json=False)
"""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_tables_fit_their_encoding(encoding: str, folder: Path) -> None:
    variables = environment(PYTHONIOENCODING=encoding, PYTHONUTF8="1")
    done = subprocess.run([sys.executable, "-c", TABLE], env=variables, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    shown = done.stdout.decode(encoding)
    assert "+--" in shown and shown.count(json.dumps("…🙂")[1:-1]) == 2


def test_a_name_that_is_not_utf8_is_one_clear_line(folder: Path) -> None:
    done = run(folder, "manifest", "show", b"\xff.parquet")
    assert done.returncode == 2
    assert done.stderr == b"semstyle: '\\udcff.parquet': an argument that is not UTF-8; rename the file\n"


MANY_LINES: dict[str, list[str]] = {
    "show": ["manifest", "show", "übung.parquet", "--limit", "1000"],
    "show as JSON": ["manifest", "show", "übung.parquet", "--limit", "1000", "--json"],
    "help": ["--help"],
    "help of a command": ["run", "--help"],
}


@pytest.mark.parametrize("case", MANY_LINES)
@pytest.mark.parametrize("taken", [0, 1])
def test_a_reader_who_leaves_early_is_no_error(case: str, taken: int, folder: Path) -> None:
    with subprocess.Popen(
        [*SEMSTYLE, *MANY_LINES[case]], cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        for _ in range(taken):
            assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def test_watching_ends_with_its_reader(folder: Path) -> None:
    out = folder / "out"
    reporter = Reporter("run1", "m.parquet", Tally(rows=10), Journal("run"), Heartbeat(Folder(str(out))), None)
    Folder(str(out)).write(STATUS, reporter.status("running").as_json())
    command = [*SEMSTYLE, "status", str(out), "--watch", "--json"]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert json.loads(process.stdout.readline())["state"] == "running"
        process.stdout.close()
        assert process.wait(60) == 0, process.stderr.read()


def test_an_exit_code_is_told_even_if_nobody_reads_the_errors(folder: Path) -> None:
    pq.write_table(pa.table({"style": [None] * 5000}, pa.schema([("style", pa.string())])), folder / "broken.parquet")
    command = [*SEMSTYLE, "manifest", "validate", "broken.parquet", "--limit", "5000"]
    with subprocess.Popen(command, cwd=folder, env=environment(), stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert b"row 1, column style" in process.stderr.readline()
        process.stderr.close()
        assert process.wait(60) == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's full device")
@pytest.mark.parametrize(
    "arguments", [["manifest", "show", "übung.parquet", "--json"], ["--help"]], ids=["show", "help"]
)
def test_output_to_a_full_disk_is_one_clear_line(arguments: list[str], folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*SEMSTYLE, *arguments], cwd=folder, env=environment(), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 4
    assert done.stderr == b"semstyle: standard output: No space left on device\n"


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_no_output_at_all_is_no_error(closed: str, folder: Path) -> None:
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", *SEMSTYLE, "manifest", "show", "übung.parquet"]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, check=False, timeout=120)
    assert done.returncode == 0
    assert done.stderr == b""
