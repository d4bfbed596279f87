"""``semstyle bench farm`` at small sizes, and what its simulation says where that is known. No timing is asserted."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from semstyle.bench.farm_archive import archive_cost
from semstyle.bench.farm_costs import Costs, read_costs
from semstyle.bench.farm_simulation import Scenario, added_up, simulate
from semstyle.bench.farm_worker import busy_of
from semstyle.bench.figure import Figure
from semstyle.commands.bench_farm import farm
from semstyle.errors import InputError

SMALL = "--rows 20 --memory-rows 2000 --records 5 --renders 2 --seconds 0.2 --each 2"
FREE = Costs(
    driver_seconds=1e-6,
    plan_seconds=1e-6,
    wait_seconds=0,
    ledger_bytes=100,
    gap_seconds=0,
    cold_seconds=0,
    aggregate_seconds=1e-3,
    record_bytes=20_000,
)


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    command = [sys.executable, "-m", "semstyle.cli", "bench", "farm", *arguments]
    return subprocess.run(command, env=inherited, capture_output=True, text=True, timeout=560)


@pytest.mark.chaos
@pytest.mark.timeout(600)  # it starts Ray three times, and six processes that import it
def test_measures_everything_and_simulates_from_it(tmp_path: Path) -> None:
    finished = bench(*SMALL.split(), "--simulate", "--gpus", "20", "--json")
    assert finished.returncode == 0, finished.stderr
    document = json.loads(finished.stdout)
    figures = {figure["name"].strip(): figure for figure in document["figures"]}
    for name in (
        "driver, CPU per row",
        "driver memory, 2,000 rows all committed",
        "driver memory, 2,000 rows all planned",
    ):
        assert figures[name]["value"] > 0 and figures[name]["target"] and isinstance(figures[name]["is_met"], bool)
    share = figures["share of a GPU's time in 0.2-second renders"]
    assert 0 < share["value"] <= 1 and share["note"].startswith("8 renders on 4 pretend GPUs")
    assert {"small render, cold worker", "small render, warm worker", "aggregation, CPU per record"} <= figures.keys()
    assert {run["scenario"]["drivers"] for run in document["simulated"]} == {1, 2, 4, 8}

    costs = tmp_path / "costs.json"
    costs.write_text(json.dumps(document["costs"]))
    app = typer.Typer()
    app.command()(farm)
    arguments = ["--costs", str(costs), "--gpus", "20"]
    assert json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)["simulated"] == document["simulated"]
    shown = CliRunner().invoke(app, arguments).stdout
    assert "GPUs busy" in shown and "listing them by first letters" in shown


def test_costs_that_are_none_are_refused_in_one_line(tmp_path: Path) -> None:
    costs = tmp_path / "costs.json"
    with pytest.raises(InputError, match="there is no such file"):
        read_costs(costs)
    costs.write_text('{"driver_seconds": -1}')
    with pytest.raises(InputError, match=r"driver_seconds: .*greater than 0"):
        read_costs(costs)
    costs.write_text(FREE.model_dump_json())
    assert read_costs(costs) == FREE


def test_a_driver_that_costs_nothing_keeps_all_gpus_busy() -> None:
    run = simulate(Scenario(gpus=50, render_seconds=10), FREE, rows=2000)
    assert run.gpus_busy == pytest.approx(1, abs=0.01)
    assert run.rows_per_second == pytest.approx(5, rel=0.02)
    assert run.days == pytest.approx(10_000_000 / run.rows_per_second / 86_400)


def test_a_slow_driver_is_the_limit_and_two_are_twice_as_fast() -> None:
    slow = FREE.model_copy(update={"driver_seconds": 0.5})
    one, two = (simulate(Scenario(50, render_seconds=10, drivers=number), slow, rows=2000) for number in (1, 2))
    assert one.rows_per_second == pytest.approx(2, rel=0.02) and one.drivers_busy == pytest.approx(1, abs=0.02)
    assert two.rows_per_second == pytest.approx(4, rel=0.02)
    assert one.gpus_busy == pytest.approx(0.4, abs=0.02)


def test_gaps_and_fresh_workers_take_their_share() -> None:
    gaps = simulate(Scenario(20, render_seconds=9), FREE.model_copy(update={"gap_seconds": 1}), rows=2000)
    assert gaps.gpus_busy == pytest.approx(0.9, abs=0.01)
    fresh = simulate(Scenario(20, render_seconds=10), FREE.model_copy(update={"cold_seconds": 1000}), rows=20_000)
    assert fresh.gpus_busy == pytest.approx(10 / 11, abs=0.03), "one render in a thousand takes a thousand seconds more"


def test_what_adds_up() -> None:
    sums = added_up(Scenario(rows=1_000_000, drivers=4, latency=0.1), FREE)
    assert (sums.one_by_one, sums.listing) == pytest.approx((100, 6.25))
    assert sums.resuming == pytest.approx(0.25)
    assert (sums.ledger, sums.tables) == pytest.approx((1e8, 2e10))
    assert (sums.reading, sums.gathering) == pytest.approx((3125, 1000))


def test_busy_is_what_each_gpu_rendered_between_its_first_and_last() -> None:
    def note(gpu: str, begun: float, ended: float) -> dict[str, float | str]:
        return {"gpu": gpu, "begun": begun, "ended": ended}

    lanes = [note("0", 0, 4), note("0", 5, 9), note("1", 2, 6), note("1", 6, 10)]
    busy = busy_of([*lanes, note("2", 0, 5), note("2", 5, 10), note("3", 0, 5), note("3", 5, 10)], 4)
    assert busy.share == pytest.approx(36 / 37)
    assert busy.whole == pytest.approx(36 / 40)
    assert busy.gap == 0


def test_records_are_all_listed_and_aggregated(tmp_path: Path) -> None:
    cost = archive_cost(3, tmp_path)
    assert cost.records == 3 and len(list((tmp_path / "archive" / "records").iterdir())) == 3
    assert cost.record_bytes > 5000, "a trace of 300 evaluations"


def test_a_target_is_met_or_missed() -> None:
    figure = Figure("x", 2, "s", 3)
    assert figure.is_met and figure.promise == "≤ 3: met"
    assert dataclasses.replace(figure, at_most=False).promise == "≥ 3: missed"
    assert Figure("x", 2, "s").is_met is None and Figure("x", 2, "s").promise == ""
