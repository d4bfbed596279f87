"""``semstyle run``, ``status`` and ``verify`` as commands."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from programs import free_ports, run, semstyle
from typer.testing import CliRunner

from semstyle.commands.app import app
from semstyle.errors import SemstyleError
from semstyle.farm.attempt import Failed, FailureClass
from semstyle.farm.output.failures import Quarantine
from semstyle.farm.output.ledger import Ledger
from semstyle.manifest import BadRow, Position
from semstyle.storage import Folder

runner = CliRunner()


@pytest.mark.parametrize(
    ("option", "value"),
    [("--max-attempts", "0"), ("--timeout", "-1"), ("--gpus-per-render", "-2"), ("--max-failures", "0")],
)
def test_an_option_out_of_range_is_named(option, value):
    result = runner.invoke(app, ["run", "m.parquet", "-o", "out", option, value])
    assert result.exit_code == 2
    assert option in result.output


def test_a_manifest_that_is_missing_or_none_is_an_error_before_ray_starts(tmp_path):
    missing = runner.invoke(app, ["run", str(tmp_path / "no.parquet"), "-o", str(tmp_path / "out")])
    assert isinstance(missing.exception, SemstyleError) and "no.parquet" in str(missing.exception)
    pq.write_table(pa.table({"stile": ["a.png"]}), tmp_path / "m.parquet")
    wrong = runner.invoke(app, ["run", str(tmp_path / "m.parquet"), "-o", str(tmp_path / "out")])
    assert isinstance(wrong.exception, SemstyleError) and "did you mean style?" in str(wrong.exception)
    assert not (tmp_path / "out").exists()


def test_nothing_to_do_is_done_without_ray(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    pq.write_table(pa.table({"style": ["a.png"], "render_id": ["one"]}), tmp_path / "m.parquet")
    row = BadRow("one", Position("m.parquet", 1), "style", "gone")
    Quarantine(Folder(str(tmp_path / "out")), "run", Ledger([], [])).add(row, Failed(FailureClass.INPUT, "gone"))
    result = runner.invoke(app, ["run", str(tmp_path / "m.parquet"), "-o", str(tmp_path / "out")])
    assert result.exit_code == 3, result.output
    assert "finished: 0 rendered, 0 there before, 1 failed" in result.output
    assert (tmp_path / "out" / "results" / "part-00000.parquet").exists()
    assert (tmp_path / "out" / "report" / "index.html").exists() and "report/index.html" in result.output
    shown = runner.invoke(app, ["status", str(tmp_path / "out")])
    assert shown.exit_code == 0 and "finished: 1 of 1" in shown.output
    assert runner.invoke(app, ["verify", str(tmp_path / "out")]).exit_code == 0


def test_a_run_without_a_report_writes_none(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    pq.write_table(pa.table({"style": ["a.png"], "render_id": ["one"]}), tmp_path / "m.parquet")
    row = BadRow("one", Position("m.parquet", 1), "style", "gone")
    Quarantine(Folder(str(tmp_path / "out")), "run", Ledger([], [])).add(row, Failed(FailureClass.INPUT, "gone"))
    result = runner.invoke(app, ["run", str(tmp_path / "m.parquet"), "-o", str(tmp_path / "out"), "--no-report"])
    assert result.exit_code == 3, result.output
    assert not (tmp_path / "out" / "report" / "index.html").exists() and "index.html" not in result.output


def test_what_keeps_a_run_from_starting_is_told_once(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    pq.write_table(pa.table({"style": ["a.png"]}), tmp_path / "m.parquet")
    (port,) = free_ports(1)
    command = semstyle("run", "m.parquet", "-o", "out", "--address", f"127.0.0.1:{port}")
    ended = run(command, tmp_path)
    *progress, told = ended.stderr.splitlines()
    assert ended.returncode == 2 and told.startswith(f"semstyle: nothing answers at 127.0.0.1:{port}: is the cluster's")
    assert progress == ["starting: 0 of 1", "failed: 0 of 1"]


def test_an_output_folder_that_cannot_be_written_is_an_error(tmp_path):
    pq.write_table(pa.table({"style": ["a.png"]}), tmp_path / "m.parquet")
    (tmp_path / "file").write_text("in the way")
    result = runner.invoke(app, ["run", str(tmp_path / "m.parquet"), "-o", str(tmp_path / "file")])
    assert isinstance(result.exception, SemstyleError) and str(tmp_path / "file") in str(result.exception)
