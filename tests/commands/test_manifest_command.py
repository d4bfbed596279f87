"""``semstyle manifest`` as a user meets it: output, exit codes, one line an error."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from semstyle.commands.manifest import app
from semstyle.cost import Estimator, rates_for, shapes_of
from semstyle.manifest import ManifestError, Position, Row
from semstyle.manifest.row import make_row


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def save(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    return save(tmp_path / "m.parquet", style=["a", None, "c"], style_weight=[25.0, 25.0, -3.0])


def test_build_says_what_it_wrote(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text("{inputs: [{style: a}], grid: {size: [64, 128]}}")
    result = invoke("build", tmp_path / "spec.yaml", "-o", tmp_path / "m.parquet")
    assert result.exit_code == 0
    assert result.stdout == f"{tmp_path}/m.parquet: 2 rows\n"
    assert pq.read_table(tmp_path / "m.parquet").num_rows == 2


def test_build_makes_the_folders_of_its_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.yaml").write_text("inputs: [{style: a}]")
    for place in ("out/demo/m.parquet", f"{tmp_path}/absolute/m.parquet"):
        assert invoke("build", "spec.yaml", "-o", place).exit_code == 0
        assert Path(place).is_file()


def test_a_value_by_itself_in_a_grid_is_a_list_of_one(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(
        "{inputs: [{style: a}], grid: {size: 64, style_layers: '3_1,4_1', seed: [1, 2]}}"
    )
    assert invoke("build", tmp_path / "spec.yaml", "-o", tmp_path / "m.parquet").exit_code == 0
    rows = pq.read_table(tmp_path / "m.parquet").to_pylist()
    assert [(row["size"], row["style_layers"], row["seed"]) for row in rows] == [(64, "3_1,4_1", 1), (64, "3_1,4_1", 2)]


def test_a_good_manifest_is_valid(tmp_path: Path) -> None:
    result = invoke("validate", save(tmp_path / "m.parquet", style=["a"]))
    assert result.exit_code == 0
    assert result.stdout == f"{tmp_path}/m.parquet: 1 row, no problems\n"
    assert result.stderr == ""


def test_a_broken_manifest_is_told_by_row_and_column(broken: Path) -> None:
    result = invoke("validate", broken)
    assert result.exit_code == 2
    assert result.stdout == f"{broken}: 3 rows, 2 problems\n"
    first, second = result.stderr.splitlines()
    assert first.startswith(f"{broken}, row 2, column style: ")
    assert second.startswith(f"{broken}, row 3, column style_weight: -3.0 is not between")


def test_more_problems_than_the_limit_are_counted(broken: Path) -> None:
    result = invoke("validate", broken, "--limit", "1")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 2
    assert "1 more" in result.stderr


def test_problems_for_programs(broken: Path) -> None:
    result = invoke("validate", broken, "--json")
    assert result.exit_code == 2
    document = json.loads(result.stdout)
    assert (document["rows"], document["problems"]) == (3, 2)
    assert [(found["row"], found["column"]) for found in document["shown"]] == [(2, "style"), (3, "style_weight")]


def test_check_inputs(tmp_path: Path) -> None:
    manifest = save(tmp_path / "m.parquet", style=["missing.png"])
    assert invoke("validate", manifest).exit_code == 0
    result = invoke("validate", manifest, "--check-inputs")
    assert result.exit_code == 2
    assert "row 1, column style: " in result.stderr
    assert "there is no such file" in result.stderr


def test_a_wrong_schema_is_an_error(tmp_path: Path) -> None:
    result = invoke("validate", save(tmp_path / "m.parquet", stlye=["a"]))
    assert isinstance(result.exception, ManifestError)
    assert "did you mean style?" in str(result.exception)


def test_show_for_programs_tells_what_differs(tmp_path: Path) -> None:
    manifest = save(
        tmp_path / "m.parquet",
        style=["a", None],
        style_weight=[100.0, None],
        size=[512, None],
        tags=pa.array([[("k", "v")], None], pa.map_(pa.string(), pa.string())),
        content=["https://u:hunter2@h/c?token=hunter2", None],
    )
    result = invoke("show", manifest, "--json")
    first, second = map(json.loads, result.stdout.splitlines())
    assert "hunter2" not in result.stdout
    assert first["inputs"]["style"] == str(tmp_path / "a")
    assert first["parameters"] == {"style_weight": 100.0}
    assert first["tags"] == {"k": "v"}
    assert (second["row"], second["column"]) == (2, "style")


def test_names_of_tags_are_no_place_for_secrets_or_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    tags = [
        ("https://u:hunter2@h/", "one"),
        ("https://u:hunter22@h/", "two"),
        ("token=hunter2", "three"),
        ("\x1b[2J\x07\u202ename", "four"),
        ("plain", "five"),
    ]
    manifest = save(tmp_path / "m.parquet", style=["a"], tags=pa.array([tags], pa.map_(pa.string(), pa.string())))
    as_json, as_table = invoke("show", manifest, "--json").stdout, invoke("show", manifest).stdout
    assert json.loads(as_json)["tags"] == {
        "https://***@h/": "one",
        "https://***@h/ (2)": "two",
        "token=***": "three",
        "\ufffd[2J\ufffd\ufffdname": "four",
        "plain": "five",
    }
    for shown in (as_json, as_table):
        assert "hunter2" not in shown
        assert not {"\x1b", "\x07", "\u202e"}.intersection(shown) and "\\u001b" not in shown
        assert all(number in shown for number in ("one", "two", "three", "four", "five"))


def test_show_is_a_table_that_text_cannot_break(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    manifest = save(
        tmp_path / "m.parquet",
        style=["[red]a[/nothing]", "b\x1b[31m\x07", "c"],
        tags=pa.array([[("[bold]", "[/]")], None, None], pa.map_(pa.string(), pa.string())),
        render_id=["first", "second", "third"],
    )
    result = invoke("show", manifest, "--limit", "2")
    assert result.exit_code == 0, result.exception
    assert "first" in result.stdout and "second" in result.stdout and "third" not in result.stdout
    assert "[red]a[/nothing]" in result.stdout
    assert "\x1b[31m" not in result.stdout and "\x07" not in result.stdout
    assert "3 rows" in result.stdout


def test_the_whole_command_ends_with_one_line_and_code_2(tmp_path: Path) -> None:
    manifest = save(tmp_path / "m.parquet", style=["a"], sytle_weight=[1.0])
    command = [sys.executable, "-m", "semstyle.cli", "manifest", "validate", str(manifest)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 2
    assert finished.stdout == ""
    (line,) = finished.stderr.splitlines()
    assert line.startswith("semstyle: ")
    assert "column sytle_weight: there is no such column; did you mean style_weight?" in line


def test_several_styles_are_shown_and_checked_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    Image.new("RGB", (8, 8)).save(tmp_path / "good.png")
    manifest = save(
        tmp_path / "m.parquet",
        style=[["good.png", "https://u:hunter2@h/b.png"], ["good.png", "gone.png"]],
        rotations=[[0.0, 15.0], None],
    )
    shown = invoke("show", manifest, "--json").stdout
    first = json.loads(shown.splitlines()[0])
    assert first["inputs"]["style"] == [str(tmp_path / "good.png"), "https://***@h/b.png"]
    assert first["parameters"] == {"rotations": "0,15"}
    table = invoke("show", manifest).stdout
    assert "good.png +" in " ".join(table.split()) and "hunter2" not in shown + table
    alone = save(tmp_path / "n.parquet", style=[["good.png", "gone.png"]])
    checked = invoke("validate", alone, "--check-inputs")
    assert checked.exit_code == 2
    assert "column style" in checked.stderr and "gone.png" in checked.stderr


SPEC = "{inputs: [{style: a.png, content: c.png}, {style: b.png, content: c.png}], grid: {size: [64, 128]}}"


def spec_in(folder: Path, text: str = SPEC) -> Path:
    (folder / "spec.yaml").write_text(text)
    return folder / "spec.yaml"


def test_build_with_values_set_and_a_limit(tmp_path: Path) -> None:
    spec, manifest = spec_in(tmp_path), tmp_path / "m.parquet"
    result = invoke("build", spec, "-o", manifest, "--set", "size=32", "--set", "seed=1,2,3", "--limit", "4")
    assert result.exit_code == 0 and result.stdout == f"{manifest}: 4 rows\n"
    rows = pq.read_table(manifest).to_pylist()
    assert [(row["style"], row["size"], row["seed"]) for row in rows] == [
        ("a.png", 32, 1),
        ("a.png", 32, 2),
        ("a.png", 32, 3),
        ("b.png", 32, 1),
    ]
    result = invoke("build", spec, "-o", manifest, "--json")
    assert json.loads(result.stdout) == {"manifest": str(manifest), "rows": 4}


def test_a_dry_run_counts_rows_and_inputs_and_writes_nothing(tmp_path: Path) -> None:
    spec = spec_in(tmp_path)
    result = invoke("build", spec, "--dry-run", "-o", tmp_path / "out" / "m.parquet")
    first, second, third = result.stdout.splitlines()
    assert first == f"{spec}: 4 rows, 3 distinct inputs"
    assert re.fullmatch(r"about \d+ (seconds|minutes) of one CPU, by rates (measured|built-in) .*", second)
    assert re.fullmatch(r"or \d+ (seconds|minutes) of one GPU, by rates .*; `semstyle plan M` says more", third)
    assert [path.name for path in tmp_path.iterdir()] == ["spec.yaml"]
    found = json.loads(invoke("build", spec, "--dry-run", "--json", "--set", "size=64,64", "--limit", "3").stdout)
    assert (found["rows"], found["renders"], found["inputs"]) == (3, 2, 3)
    row = make_row({"style": "a", "content": "c", "size": 64}, Position("m", 1), "/")
    assert isinstance(row, Row)  # one that repeats another costs nothing
    estimate = Estimator(rates_for("cpu")).estimate(row.parameters, shapes_of(row))
    assert found["cpu_seconds"] == 2 * estimate.seconds > 0
    repeated = invoke("build", spec, "--dry-run", "--set", "size=64,64").stdout
    assert "4 rows (2 of them repeat another), 3 distinct inputs" in repeated
    (tmp_path / "rows.csv").write_text("style,size\na.png,64\n")
    assert "1 row, 1 distinct input\n" in invoke("build", tmp_path / "rows.csv", "--dry-run").stdout


def test_a_dry_run_tells_what_is_wrong_with_a_row(tmp_path: Path) -> None:
    result = invoke("build", spec_in(tmp_path), "--dry-run", "--set", "size=64,1")
    assert isinstance(result.exception, ManifestError)
    assert "--set size: '1' is not between" in str(result.exception)


def test_the_schema_is_printed(tmp_path: Path) -> None:
    printed = json.loads(invoke("schema").stdout)
    assert printed["$schema"].startswith("https://json-schema.org/")
    assert {"OneJob", "Jobs"} <= set(printed["$defs"])
