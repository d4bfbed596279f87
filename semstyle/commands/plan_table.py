"""How ``semstyle plan`` shows a forecast in words and tables."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from semstyle.commands.durations import in_words
from semstyle.commands.fitting import line_console, table_console
from semstyle.counted import counted
from semstyle.planning import Forecast, PlanComparison

GROUPS_SHOWN = 30
UNFIT_SHOWN = 10
MEBIBYTE = 2**20


def print_forecast(forecast: Forecast) -> None:
    """Print a table by method, encoder and size, and what follows for the machines at hand."""
    table_console().print(group_table(forecast))
    console = line_console()
    left_out = f"{forecast.duplicates:,} repeat another, {forecast.invalid:,} cannot be rendered"
    renders, rows = counted(forecast.renders, "render"), counted(forecast.rows, "row")
    console.print(f"{escape(forecast.manifest)}: {renders} of {rows} ({left_out})")
    kind = "GPU" if forecast.device == "cuda" else "CPU"
    console.print(f"  busy        {in_words(forecast.seconds)} of one place, by {kind} rates {escape(forecast.rates)}")
    console.print(f"  wall time   {in_words(forecast.wall_seconds)} on {machines_in_words(forecast)}")
    console.print(f"  memory      {mebibytes(forecast.memory)} MiB at most for a render")
    if forecast.money is not None:
        each = forecast.money / max(1, forecast.renders)
        price = f"{forecast.price_per_hour:g} an hour of a {forecast.priced}"
        console.print(f"  money       {forecast.money:,.2f} in all, {each:.4f} a render, at {price}")
    for line in advice(forecast):
        console.print(f"  {escape(line)}")
    print_unfit(forecast, console)


def group_table(forecast: Forecast) -> Table:
    table = Table()
    for name in ("method", "encoder", "size"):
        table.add_column(name, overflow="fold")
    for name in ("rows", "seconds each", "seconds", "MiB"):
        table.add_column(name, justify="right", no_wrap=True)
    for group in forecast.groups[:GROUPS_SHOWN]:
        table.add_row(
            group.method,
            escape(group.encoder or "–"),
            str(group.size or "–"),
            f"{group.rows:,}",
            f"{group.seconds / group.rows:,.1f}",
            f"{group.seconds:,.0f}",
            mebibytes(group.memory),
        )
    if (more := len(forecast.groups) - GROUPS_SHOWN) > 0:
        rest = forecast.groups[GROUPS_SHOWN:]
        rows, seconds = sum(group.rows for group in rest), sum(group.seconds for group in rest)
        table.add_row(f"{more:,} more", "", "", f"{rows:,}", f"{seconds / rows:,.1f}", f"{seconds:,.0f}", "")
    return table


def machines_in_words(forecast: Forecast) -> str:
    nodes = counted(forecast.nodes, "node")
    gpus = f", {forecast.gpus:g} GPUs" if forecast.gpus else ""
    each = f"{forecast.gpus_per_render:g} GPU" if forecast.device == "cuda" else f"{forecast.cpus_per_render:g} CPU"
    return f"{nodes} ({forecast.cpus:g} CPUs{gpus}), {counted(forecast.places, 'render')} at once with {each} each"


def advice(forecast: Forecast) -> list[str]:
    """Return what the user may want to do, a line each."""
    lines = []
    gpus, cpus = forecast.recommended_gpus_per_render, forecast.recommended_cpus_per_render
    if gpus is not None and gpus != forecast.gpus_per_render:
        lines.append(f"advice      --gpus-per-render {gpus:g} suits the memory of these GPUs")
    if cpus is not None and cpus > forecast.cpus_per_render:
        lines.append(f"advice      --cpus-per-render {cpus:g}, or renders side by side take more memory than there is")
    if not forecast.measured:
        device = " --device cuda" if forecast.device == "cuda" else ""
        lines.append(f"advice      `semstyle bench calibrate{device}` measures this machine; these rates are built in")
    if forecast.unknown_images:
        lines.append(
            f"note        the size of {counted(forecast.unknown_images, 'image')} could not be read, and was guessed"
        )
    if forecast.crowded:
        lines.append(
            f"note        there is memory for {counted(forecast.crowded, 'row')} only while not all places are busy"
        )
    return lines


def print_unfit(forecast: Forecast, console: Console) -> None:
    """Name the rows that fit nowhere."""
    if not forecast.unfit:
        return
    console.print(f"{counted(forecast.unfit, 'row')} will not fit into the memory that there is:")
    for row in forecast.unfit_rows[:UNFIT_SHOWN]:
        where = f"{escape(row.file)}, row {row.row}"
        console.print(f"  {where}: {mebibytes(row.memory)} MiB ({row.method}, size {row.size})")
    if forecast.unfit > UNFIT_SHOWN:
        console.print(f"  … and {forecast.unfit - UNFIT_SHOWN:,} more; --rows names all (fits: false)")


def print_comparison(comparison: PlanComparison) -> None:
    """Print estimated and measured seconds by method."""
    table = Table(title=f"by rates {escape(comparison.rates)}", title_justify="left")
    table.add_column("method")
    for name in ("renders", "estimated s", "measured s", "estimated / measured"):
        table.add_column(name, justify="right")
    for group in (*comparison.methods, comparison.total):
        numbers = (f"{group.renders:,}", f"{group.estimated:,.1f}", f"{group.measured:,.1f}", f"{group.ratio:.2f}")
        table.add_row(group.method, *numbers)
    table_console().print(table)
    if comparison.missing:
        line_console().print(
            f"no render there for {counted(comparison.missing, 'row')} of {escape(comparison.manifest)}"
        )


def mebibytes(count: float) -> str:
    return f"{count / MEBIBYTE:,.0f}"
