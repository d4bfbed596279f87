"""``semstyle status``: how a run is doing."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from semstyle.commands.arguments import AsJson, Out
from semstyle.commands.fitting import line_console
from semstyle.commands.streams import reader_has_left
from semstyle.farm import Status, read_status
from semstyle.farm.monitor.progress import run_progress
from semstyle.farm.monitor.status import ENDED
from semstyle.farm.monitor.view import details

WATCH_SECONDS = 2.0


def status(
    out: Out,
    watch: Annotated[bool, typer.Option("--watch", help="Show it, as it changes, until the run has ended.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how a run is doing, from its status file alone: it works from any machine that can read OUT.

    With --watch a terminal shows what `semstyle run` shows, and a log gets a line for what is new.
    """
    if watch:
        watch_status(out, as_json)
    elif as_json:
        print(read_status(out).model_dump_json(indent=2))
    else:
        print_status(read_status(out), line_console())


def watch_status(out: str, as_json: bool) -> None:
    """Show each status until the run has ended or nobody reads on."""
    current = read_status(out)
    progress = None if as_json else run_progress(Console(), "reading the status")
    try:
        while True:
            if progress:
                progress.show(current)
            else:
                print(current.model_dump_json())
            if current.state in ENDED or reader_has_left():
                return
            time.sleep(WATCH_SECONDS)
            current = read_status(out)
    finally:
        if progress:
            progress.close()


def print_status(status: Status, console: Console) -> None:
    """Print a table on a terminal, plain lines elsewhere."""
    if console.is_terminal:
        console.print(status_table(status))
        return
    console.print(status_title(status))
    for name, text in status_rows(status).items():
        console.print(f"{name:12} {text}", markup=False)


def status_title(status: Status) -> str:
    return f"{status.state}: {status.done:,} of {status.renders:,}"


def status_table(status: Status) -> Table:
    table = Table(title=status_title(status), title_justify="left", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in status_rows(status).items():
        table.add_row(name, escape(text))
    return table


def status_rows(status: Status) -> dict[str, str]:
    rows = {
        "manifest": status.manifest,
        "rendered": f"{status.rendered:,} (and {status.skipped:,} before)",
        "failed": f"{status.failed:,} (and {status.failed_before:,} before)",
        "now": ", ".join(details(status)) or "–",
        "heartbeat": f"{status.updated_at:%Y-%m-%d %H:%M:%S} UTC",
    }
    if status.places:
        rows["places"] = f"{status.places:,}"
    if status.avoided_nodes:
        rows["avoided"] = "\n".join(map(str, status.avoided_nodes))
    if status.is_silent:
        rows["heartbeat"] += ": silent since; the driver may be gone, run the same command again to continue"
    if status.slowest:
        rows["slowest"] = ", ".join(f"{render.render_id} {render.seconds:.1f} s" for render in status.slowest)
    if status.last_error:
        rows["last error"] = status.last_error
    if status.last_failures:
        rows["last failed"] = "\n".join(f"{failure.render_id}: {failure.message}" for failure in status.last_failures)
    for shard in status.shards:
        silent = ["silent; its driver may be gone"] if shard.is_silent else []
        rows[f"shard {shard.shard}"] = ", ".join(
            [f"{shard.state}: {shard.done:,} of {shard.renders:,}", *silent, *details(shard)]
        )
    return rows
