"""``semstyle bench farm``: what the driver, its workers and a run's records cost, and a run too large to try."""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from contextlib import redirect_stdout
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from semstyle.commands.fitting import table_console

if TYPE_CHECKING:
    from semstyle.bench.farm import FarmMeasurement
    from semstyle.bench.farm_costs import Costs
    from semstyle.bench.farm_simulation import AddedUp, Simulated

RENDER_SECONDS = (20.0, 2.0)
DRIVERS = (1, 2, 4, 8)


def farm(
    rows: Annotated[int, typer.Option(min=2, help="Instant renders that the driver hands out.")] = 10_000,
    memory_rows: Annotated[int, typer.Option(min=1, help="Rows of the manifest that memory is measured on.")] = 10**6,
    records: Annotated[int, typer.Option(min=1, help="Records to list and aggregate.")] = 2_000,
    renders: Annotated[int, typer.Option(min=2, help="Small real renders in one worker.")] = 10,
    seconds: Annotated[float, typer.Option(min=0, help="Of a render on a pretend GPU, which sleeps.")] = 20,
    each: Annotated[int, typer.Option(min=2, help="Sleeping renders for each of the four.")] = 6,
    simulate: Annotated[bool, typer.Option("--simulate", help="Then simulate a large run from these costs.")] = False,
    costs: Annotated[
        Path | None, typer.Option(help="Simulate from the costs in this JSON file and measure nothing.")
    ] = None,
    gpus: Annotated[int, typer.Option(min=1, help="GPUs to simulate.")] = 1_000,
    simulated_rows: Annotated[int, typer.Option(min=1, help="Rows to simulate.")] = 10**7,
    latency: Annotated[float, typer.Option(min=0, help="Seconds of one request to the object store.")] = 0.1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, for programs.")] = False,
) -> None:
    """The farm: the driver's cost and memory, workers warm and cold, and with --simulate 1,000 GPUs and 10⁷ rows."""
    from semstyle.bench.farm import Size, measure
    from semstyle.bench.farm_costs import read_costs

    started = time.perf_counter()
    messages = Console(stderr=True, highlight=False)
    measurement = None
    if costs is None:
        with redirect_stdout(sys.stderr):  # Ray prints on stdout, which is for the result
            size = Size(rows, memory_rows, records, renders, seconds, each)
            measurement = measure(size, lambda text: messages.print(f"measuring: {text}"))
    simulation = None
    if simulate or costs is not None:
        known = read_costs(costs) if costs else measurement.costs if measurement else None
        assert known is not None
        simulation = simulated(known, gpus, simulated_rows, latency)
    if as_json:
        options = f"--rows {rows} --memory-rows {memory_rows} --records {records} --renders {renders}"
        command = f"semstyle bench farm {options} --seconds {seconds:g} --each {each}"
        took = time.perf_counter() - started
        document = {**as_document(measurement, simulation), "command": command, "took": took}
        print(json.dumps(document, indent=2))
        return
    console = table_console()
    if measurement:
        console.print(figures_table(measurement))
    if simulation:
        console.print(simulation_table(simulation[0]))
        console.print(added_up_table(simulation[1], simulated_rows, latency))


def simulated(costs: Costs, gpus: int, rows: int, latency: float) -> tuple[list[Simulated], AddedUp]:
    """Simulate every render time with every number of drivers; returns that, and what adds up with one driver."""
    from semstyle.bench.farm_simulation import Scenario, added_up, simulate

    scenarios = [Scenario(gpus, rows, mean, drivers, latency) for mean in RENDER_SECONDS for drivers in DRIVERS]
    return [simulate(scenario, costs) for scenario in scenarios], added_up(scenarios[0], costs)


def as_document(
    measurement: FarmMeasurement | None, simulation: tuple[list[Simulated], AddedUp] | None
) -> dict[str, Any]:
    """Return what ``--json`` prints; its ``costs`` alone make a file for ``--costs``."""
    document: dict[str, Any] = {}
    if measurement:
        document["figures"] = [figure.as_dict() for figure in measurement.figures]
        document["costs"] = measurement.costs.model_dump()
    if simulation:
        document["simulated"] = [{**dataclasses.asdict(run), "days": run.days} for run in simulation[0]]
        document["added_up"] = dataclasses.asdict(simulation[1])
    return document


def figures_table(measurement: FarmMeasurement) -> Table:
    table = Table("", "measured", "target", "", box=None)
    for figure in measurement.figures:
        table.add_row(figure.name, f"{figure.value:,.3g} {figure.unit}", figure.promise, figure.note)
    return table


def simulation_table(runs: list[Simulated]) -> Table:
    first = runs[0].scenario
    table = Table(
        "render s",
        "drivers",
        "rows/s",
        "GPUs busy",
        "drivers busy",
        "days for all",
        box=None,
        title=f"simulated: {first.gpus:,} GPUs, {first.rows:,} rows",
        title_justify="left",
    )
    for run in runs:
        table.add_row(
            f"{run.scenario.render_seconds:g}",
            str(run.scenario.drivers),
            f"{run.rows_per_second:,.1f}",
            f"{run.gpus_busy:.1%}",
            f"{run.drivers_busy:.1%}",
            f"{run.days:.2f}",
        )
    return table


def added_up_table(sums: AddedUp, rows: int, latency: float) -> Table:
    title = f"added up: {rows:,} records, {latency:g} s a request"
    table = Table("", "", box=None, show_header=False, title=title, title_justify="left")
    table.add_row("listing them, page after page", duration(sums.one_by_one))
    table.add_row("listing them by first letters", duration(sums.listing))
    table.add_row("a driver's way through rows already rendered", duration(sums.resuming))
    table.add_row("its memory for their ids", f"{sums.ledger / 1e9:.2f} GB")
    table.add_row("aggregation: waiting for storage", duration(sums.reading))
    table.add_row("aggregation: CPU", duration(sums.gathering))
    table.add_row("aggregation: disk for the tables, at most", f"{sums.tables / 1e9:,.0f} GB")
    return table


def duration(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
