"""``semstyle plan``, as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from in_process import Program, program
from small_manifest import write_small_manifest

from semstyle.commands.plan_table import print_comparison
from semstyle.planning import PlanComparison, foresight
from semstyle.planning.against import ComparedGroup
from semstyle.planning.machines import Machines

TWO_CPUS = Machines([{"CPU": 2.0, "memory": 2.0 * 2**30}])


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Program:
    monkeypatch.setattr(foresight, "machines_at", lambda address: TWO_CPUS)
    return program(tmp_path, monkeypatch, capsys, "plan")


@pytest.fixture
def manifest(pictures: Path, tmp_path: Path) -> str:
    rows = ({"seed": 0}, {"seed": 0}, {"method": "gram"}, {"size": 8000}, {"size": -1})
    return write_small_manifest(tmp_path / "m.parquet", pictures, *rows)


def test_it_says_in_words_what_a_manifest_takes(plan: Program, manifest: str) -> None:
    said = plan("m.parquet", "--price-per-hour", "2")
    assert said.returncode == 0, said.stderr
    assert "3 renders of 5 rows (1 repeat another, 1 cannot be rendered)" in said.stdout
    assert "2 renders at once with 1 CPU each" in said.stdout or "1 render at once with 2 CPU each" in said.stdout
    assert "by CPU rates built-in (a core of an AMD EPYC)" in said.stdout
    assert "`semstyle bench calibrate` measures this machine" in said.stdout
    assert "in all" in said.stdout and "at 2 an hour of a node" in said.stdout
    assert "1 row will not fit" in said.stdout and f"{manifest}, row 4" in said.stdout
    assert "│ gram" in said.stdout


def test_json_is_one_object_and_rows_are_lines_before_it(plan: Program, manifest: str) -> None:
    whole = json.loads(plan(manifest, "--json").stdout)
    assert (whole["renders"], whole["unfit"], whole["money"]) == (3, 1, None)
    *rows, last = map(json.loads, plan(manifest, "--json", "--rows").stdout.splitlines())
    assert last == whole
    assert rows[0]["row"] == 4, "the longest comes first"
    assert sum(row["seconds"] for row in rows) == pytest.approx(whole["seconds"])
    assert [row["fits"] for row in rows] == [False, True, True]


def test_what_is_not_measured_or_there_is_told(plan: Program, manifest: str, tmp_path: Path) -> None:
    wrong = plan(manifest, "--price-per-hour", "-1")
    assert (wrong.returncode, wrong.stdout) == (2, "") and "--price-per-hour" in wrong.stderr
    missing = plan(manifest, "--against", str(tmp_path / "out"))
    assert missing.returncode == 2 and "no renders of this manifest are here" in missing.stderr


def test_a_comparison_has_a_line_for_each_method(capsys: pytest.CaptureFixture[str]) -> None:
    gram = ComparedGroup(method="gram", renders=2, estimated=30.0, measured=20.0)
    total = ComparedGroup(method="all", renders=2, estimated=30.0, measured=20.0)
    print_comparison(PlanComparison(manifest="m", out="o", rates="measured", total=total, methods=[gram], missing=3))
    said = capsys.readouterr().out
    assert said.count("1.50") == 2 and "no render there for 3 rows of m" in said
