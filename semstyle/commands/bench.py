"""``semstyle bench``: how fast matching and rendering are, as ratios measured in one run on this machine."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semstyle.commands.bench_calibrate import calibrate
from semstyle.commands.bench_device import device
from semstyle.commands.bench_farm import farm
from semstyle.commands.bench_table import Json, show
from semstyle.commands.render import check_device
from semstyle.errors import InputError
from semstyle.storage import redact

if TYPE_CHECKING:
    from semstyle.engine import Parameters
    from semstyle.manifest import Row

app = typer.Typer(help="Measure speed on this machine, against plain references.", no_args_is_help=True)
app.command()(farm)
app.command()(device)
app.command()(calibrate)

Manifest = Annotated[str, typer.Argument(metavar="M", help="A manifest.")]


@app.command()
def match(
    sides: Annotated[str, typer.Option(help="Sides of square feature maps.")] = "64,128,192",
    channels: Annotated[str, typer.Option(help="Channels, besides a map's four.")] = "64,128,256,512",
    as_json: Json = False,
) -> None:
    """Matching: ours against unfolded patches, and against the Gram matrix's own time."""
    from semstyle.bench.match import match_table, match_timings

    timings = match_timings(whole_numbers(sides, "--sides"), whole_numbers(channels, "--channels"))
    show(match_table(timings, f"semstyle bench match --sides {sides} --channels {channels}"), as_json)


@app.command()
def render(
    manifest: Manifest,
    size: Annotated[int | None, typer.Option(help="Instead of the rows'.")] = None,
    iterations: Annotated[int | None, typer.Option(help="Instead of the rows'.")] = None,
    precision: Annotated[str | None, typer.Option(help="Instead of the rows'.")] = None,
    rows: Annotated[int, typer.Option(min=0, help="Compare the schedule on so many rows instead.")] = 0,
    plain: Annotated[bool, typer.Option(help="Whether the plain port is measured, too, which takes longest.")] = True,
    grid: Annotated[str, typer.Option(help="Such as 3x3: render a grid of the first row instead.")] = "",
    batch: Annotated[int | None, typer.Option(min=1, help="With --grid: renders at a time; all by default.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "cpu",
    as_json: Json = False,
) -> None:
    """The first row: ours against a plain port with the same optimiser and encoder, and where the time goes.

    And after how many evaluations, and seconds, the preconditioned optimiser has the loss at which the plain one ends.
    """
    check_device(device)
    import torch

    from semstyle.bench.floor import Rates, work_of
    from semstyle.bench.grid import grid_figures, grid_requests
    from semstyle.bench.render import rematching, render_table, render_timings, schedule_table, warm_up
    from semstyle.bench.table import figure_table
    from semstyle.commands.render import chosen_device
    from semstyle.engine import Request
    from semstyle.engine.memory import keep_freed_memory
    from semstyle.manifest.fetched_encoder import encoder_for
    from semstyle.manifest.inputs import load_inputs

    keep_freed_memory()
    asked = {"size": size, "iterations": iterations, "precision": precision}
    where = torch.device(chosen_device(device))
    told = {**asked, "device": where.type if where.type != "cpu" else None}
    options = (f" --{name} {value}" for name, value in told.items() if value is not None)
    command = f"semstyle bench render M{''.join(options)}"
    chosen = first_rows(manifest, max(1, rows))
    parameters = [changed(row.parameters, asked) for row in chosen]
    requests = [
        Request(**load_inputs(row).as_dict(), parameters=parameter)
        for row, parameter in zip(chosen, parameters, strict=True)
    ]
    encoder = encoder_for(parameters[0])
    warm_up(requests[0], encoder, where)
    if grid:
        cells = grid_requests(load_inputs(chosen[0]), parameters[0], *grid_shape(grid))
        table = figure_table("A grid", f"{command} --grid {grid}", grid_figures(cells, batch or len(cells), where))
    elif rows:
        table = schedule_table(requests, encoder, where, f"{command} --rows {rows}")
    else:
        timings = render_timings(requests[0], encoder, where, plain)
        work = work_of(rematching(requests[0], "scheduled"), encoder.to("cpu"))
        table = render_table(timings, work, Rates.measured(where), command if plain else f"{command} --no-plain")
    show(table, as_json)


@app.command()
def report(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Of what the other benchmarks printed with --json, NAME.json each."),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for benchmarks.md and its plots.")] = Path("docs"),
) -> None:
    """Put benchmarks together in one page with plots, and keep this release's figures beside those of earlier ones."""
    from semstyle.bench.page import write_page

    print(write_page(folder, out))


@app.command()
def sizes(
    manifest: Manifest,
    sizes: Annotated[str, typer.Option(help="Long sides in pixels.")] = "128,256,512,1024",
    iterations: Annotated[int, typer.Option(help="Evaluations in each phase.")] = 25,
    as_json: Json = False,
) -> None:
    """The first row at several sizes: time, and the most memory of a process that renders it."""
    from semstyle.bench.sizes import size_table, size_timings

    timings = size_timings(first_rows(manifest, 1)[0], whole_numbers(sizes, "--sizes"), iterations)
    show(size_table(timings, f"semstyle bench sizes M --sizes {sizes} --iterations {iterations}"), as_json)


def first_rows(manifest: str, count: int) -> list[Row]:
    """Read the first ``count`` rows of a manifest; raises :class:`InputError` when there are fewer."""
    from itertools import islice

    from semstyle.manifest import Row, read_rows

    rows = list(islice((row for row in read_rows(manifest) if isinstance(row, Row)), count))
    if len(rows) < count:
        raise InputError(f"{redact(manifest)}: {count} rows are needed, and {len(rows)} in it can be rendered")
    return rows


def changed(parameters: Parameters, asked: dict[str, Any]) -> Parameters:
    return dataclasses.replace(parameters, **{name: value for name, value in asked.items() if value is not None})


def grid_shape(text: str) -> tuple[int, int]:
    shape = re.fullmatch(r"([1-9]\d?)x([1-9]\d?)", text)
    if shape is None:
        raise InputError(f"--grid {text}: write it as COLUMNSxROWS, such as 3x3")
    return int(shape[1]), int(shape[2])


def whole_numbers(text: str, option: str) -> list[int]:
    numbers = [int(part) for part in text.split(",") if re.fullmatch(r"\s*[1-9]\d{0,6}\s*", part)]
    if len(numbers) < text.count(",") + 1:
        raise InputError(f"{option} {text}: write whole numbers from 1 on with commas between, such as 64,128")
    return numbers
