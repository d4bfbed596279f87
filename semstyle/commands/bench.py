"""``semstyle bench``: how fast matching and rendering are, as ratios measured in one run on this machine."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from semstyle.commands.bench_farm import farm
from semstyle.engine.errors import InputError

app = typer.Typer(help="Measure speed on this machine, against plain references.", no_args_is_help=True)
app.command()(farm)


@app.command()
def match(
    sides: Annotated[str, typer.Option(help="Sides of square feature maps.")] = "64,128,192",
    channels: Annotated[str, typer.Option(help="Channels, besides a map's four.")] = "64,128,256,512",
) -> None:
    """Matching: ours against unfolded patches, and against the Gram matrix's own time."""
    from semstyle.bench.machine import copy_rate, matmul_rate
    from semstyle.bench.match import match_timings

    console = Console()
    console.print(f"this machine: {matmul_rate() / 1e9:.0f} GFLOP/s matmul, {copy_rate() / 1e9:.1f} GB/s copy")
    table = Table(
        "side", "C", "unfolded s", "ours s", "ratio", "ours / Gram", "of matmul rate", "MiB", "was MiB", "error"
    )
    for timing in match_timings(whole_numbers(sides, "--sides"), whole_numbers(channels, "--channels")):
        table.add_row(
            str(timing.side),
            str(timing.channels),
            f"{timing.unfolded:.3f}",
            f"{timing.ours:.3f}",
            f"{timing.ratio:.1f}",
            f"{timing.ours / timing.gram:.2f}",
            f"{timing.rate_share:.0%}",
            f"{timing.memory / 2**20:.0f}",
            f"{timing.unfolded_memory / 2**20:.0f}",
            f"{timing.error:.0e}",
        )
    console.print(table)


@app.command()
def render(
    manifest: Annotated[str, typer.Argument(metavar="M", help="A manifest; its first row is rendered.")],
    size: Annotated[int | None, typer.Option(help="Instead of the row's.")] = None,
    iterations: Annotated[int | None, typer.Option(help="Instead of the row's.")] = None,
) -> None:
    """One row: ours against a plain port with the same optimiser and encoder, and where the time goes."""
    from semstyle.bench.render import render_timings
    from semstyle.engine import Parameters
    from semstyle.engine.memory import keep_freed_memory
    from semstyle.farm.warm import warm_encoder
    from semstyle.manifest import Row, read_rows
    from semstyle.manifest.inputs import load_inputs

    row = next((row for row in read_rows(manifest) if isinstance(row, Row)), None)
    if row is None:
        raise InputError(f"{manifest}: no row in it can be rendered")
    asked = {"size": size, "iterations": iterations}
    parameters = Parameters.from_mapping({**row.parameters.as_dict(), **{k: v for k, v in asked.items() if v}})
    keep_freed_memory()
    timings = render_timings(load_inputs(row), parameters, warm_encoder(parameters))
    table = Table("", "seconds", "ratio", *timings[0].parts, "final loss")
    for timing in timings:
        parts = (f"{seconds:.2f}" for seconds in timing.parts.values())
        ratio = timings[0].seconds / timing.seconds
        table.add_row(timing.name, f"{timing.seconds:.2f}", f"{ratio:.1f}", *parts, f"{timing.final_loss:.5f}")
    Console().print(table)


def whole_numbers(text: str, option: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"{option} {text}: write whole numbers with commas between") from None
