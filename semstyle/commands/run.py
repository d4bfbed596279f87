"""``semstyle run`` and ``status``: manifests on Ray, and how they are doing."""

from __future__ import annotations

import sys
import time
from contextlib import redirect_stdout
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from semstyle.commands.fitting import line_console
from semstyle.commands.output_folder import check_folder
from semstyle.commands.streams import reader_has_left
from semstyle.farm import RunOptions, RunSummary, Status, read_status, run_manifest
from semstyle.farm.dry_run import DryRun, dry_run
from semstyle.farm.monitor.event_log import STANDARD_ERROR, logged_to
from semstyle.farm.monitor.progress import details, run_progress
from semstyle.farm.monitor.status import ENDED
from semstyle.farm.rows.changes import Changes
from semstyle.storage import Folder, StorageError, redact

STOPPED = 130
WATCH_SECONDS = 2.0
NAMES_SHOWN = 5
MOST_REPORTED = 10_000
"""Of so many renders, or fewer, `run` writes a report at its end; `semstyle report` does so for any number."""

Out = Annotated[str, typer.Argument(metavar="OUT", help="The run's output folder, a path or URI.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, for programs.")]


def option(name: str) -> Any:
    """The command-line option of a field of :class:`RunOptions`, with the field's help."""
    return typer.Option(help=describe(name))


def describe(name: str) -> str | None:
    return RunOptions.model_fields[name].description


def run(
    manifest: Annotated[str, typer.Argument(metavar="M", help="Parquet manifest, or a folder of them: a path or URI.")],
    out: Annotated[str, typer.Option("--out", "-o", help="Output folder, a path or URI.")],
    address: Annotated[str | None, option("address")] = None,
    gpus_per_render: Annotated[float | None, option("gpus_per_render")] = None,
    cpus_per_render: Annotated[float | None, option("cpus_per_render")] = None,
    max_attempts: Annotated[int, option("max_attempts")] = 3,
    max_failures: Annotated[int | None, option("max_failures")] = None,
    timeout: Annotated[float | None, option("timeout")] = None,
    batch: Annotated[int, option("batch")] = 1,
    checkpoint_after: Annotated[float, option("checkpoint_after")] = 120,
    retry_failed: Annotated[bool, option("retry_failed")] = False,
    changed: Annotated[bool, typer.Option("--changed", help=describe("changed"))] = False,
    force: Annotated[bool, typer.Option("--force", help=describe("force"))] = False,
    limit: Annotated[int | None, option("limit")] = None,
    where: Annotated[str | None, option("where")] = None,
    sample: Annotated[int | None, option("sample")] = None,
    dry: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be rendered, and render and write nothing.")
    ] = False,
    allow_uri: Annotated[list[str] | None, option("allow_uri")] = None,
    allow_torchscript: Annotated[bool, typer.Option("--allow-torchscript", help=describe("allow_torchscript"))] = False,
    wait_for_nodes: Annotated[float, option("wait_for_nodes")] = 0,
    shard: Annotated[str | None, option("shard")] = None,
    grace: Annotated[float, option("grace")] = 30,
    aggregate: Annotated[bool, option("aggregate")] = True,
    log: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|-", help="Add a line of JSON for each event to FILE; - shows them on stderr, and no progress."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Render every row of a manifest that OUT does not have yet, on Ray.

    The same command continues a run that was stopped or killed. Exit codes: 0 all rendered, 1 the cluster was
    lost, 2 bad arguments or manifest, 3 finished with failures or lost renders, 4 storage gave out, 130 stopped.
    """
    check_folder("--out", out)
    options = checked_options(
        address=address,
        gpus_per_render=gpus_per_render,
        cpus_per_render=cpus_per_render,
        max_attempts=max_attempts,
        max_failures=max_failures,
        timeout=timeout,
        batch=batch,
        checkpoint_after=checkpoint_after,
        retry_failed=retry_failed,
        changed=changed,
        force=force,
        limit=limit,
        where=where,
        sample=sample,
        allow_uri=allow_uri or (),
        allow_torchscript=allow_torchscript,
        wait_for_nodes=wait_for_nodes,
        shard=shard,
        grace=grace,
        aggregate=aggregate,
    )
    if dry:
        print_dry_run(dry_run(manifest, out, options), as_json)
        return
    progress = None if log == STANDARD_ERROR else run_progress(Console(stderr=True))
    try:
        with logged_to(log), redirect_stdout(sys.stderr):  # Ray prints on stdout, which is for the result
            summary = run_manifest(manifest, out, options, progress=progress)
        sheet = write_contact_sheet(out) if summary.results else None
        pages = write_pages(out, summary) if summary.results else None
    except KeyboardInterrupt:
        raise typer.Exit(STOPPED) from None
    finally:
        if progress:
            progress.close()
    if as_json:
        print(summary.model_dump_json(indent=2))
    else:
        print_summary(summary, sheet, pages)
        if limit is not None and summary.status.rendered + summary.status.failed >= limit:
            print(f"ended by --limit {limit:,}; the same command without it goes on")
    raise typer.Exit(summary.exit_code)


def print_dry_run(found: DryRun, as_json: bool) -> None:
    """Print what the run would do, in words or as JSON."""
    if as_json:
        print(found.model_dump_json(indent=2))
        return
    console = line_console()
    counts = f"{found.skipped:,} there before, {found.failed_before:,} failed before, {found.invalid:,} invalid"
    console.print(f"would render {found.to_render:,} of {found.rows:,} rows into {escape(found.out)} ({counts})")
    for render_id in found.first:
        console.print(f"  {escape(render_id)}")
    if found.to_render > len(found.first):
        console.print(f"  … and {found.to_render - len(found.first):,} more")
    for problem in found.problems:
        console.print(escape(problem))


def checked_options(**values: Any) -> RunOptions:
    """Check the options; an error names the one at fault."""
    try:
        return RunOptions(**values)
    except ValidationError as error:
        name = f"--{str(error.errors()[0]['loc'][0]).replace('_', '-')}"
        raise typer.BadParameter(str(error), param_hint=name) from error


def write_contact_sheet(out: str) -> str | None:
    """Draw the run's contact sheets; returns where they are, or None when storage did not take them."""
    from semstyle.report import write_contact_sheets

    try:
        first, *further = write_contact_sheets(out)
    except StorageError as error:
        tell_left_out("contact sheet", error, "the same command draws it")
        return None
    return redact(Folder(out).location(first)) + (f" and {len(further)} more beside it" if further else "")


def write_pages(out: str, summary: RunSummary) -> str | None:
    """Write the run's report, unless the run is so large that it takes long to read; returns where the report is."""
    from semstyle.report.page import write_report

    if summary.status.rendered + summary.status.skipped > MOST_REPORTED:
        return None
    try:
        return write_report(out).index
    except StorageError as error:
        tell_left_out("report", error, "`semstyle report` writes it")
        return None


def tell_left_out(what: str, error: StorageError, then: str) -> None:
    """Warn that the contact sheets or the report were not written. The exit code stays that of the run itself."""
    print(f"semstyle: the {what} was left out: {redact(str(error))}; {then}", file=sys.stderr)


def print_summary(summary: RunSummary, sheet: str | None, pages: str | None) -> None:
    """Print what came of the run, and where to look."""
    status = summary.status
    failed = status.failed + status.failed_before
    console = line_console()
    counts = f"{status.rendered:,} rendered, {status.skipped:,} there before, {failed:,} failed"
    counts += f", {summary.lost:,} lost" if summary.lost else ""
    console.print(f"[bold]{status.state}[/]: {counts}, in {summary.seconds:.0f} s")
    places = {"images": summary.images, "results": summary.results, "contact sheet": sheet, "report": pages}
    if failed:
        places["failures"] = f"{summary.out}/failures"
    for name, place in places.items():
        if place:
            console.print(f"  {name:14}{escape(place)}")
    if summary.lost:
        more = f" and {summary.lost - NAMES_SHOWN:,} more" if summary.lost > NAMES_SHOWN else ""
        names = escape(", ".join(status.lost_ids[:NAMES_SHOWN]))
        console.print(
            f"{summary.lost:,} lost: rendered, and gone from there since ({names}{more}); the same command renders "
            "them again"
        )
    if status.remarked:
        has = "has remarks" if status.remarked == 1 else "have remarks, each in its record; the first"
        console.print(f"{status.remarked:,} {has}: {escape(status.first_remark or '')}")
    if summary.manifest_changed:
        console.print(
            "the manifest has changed since the last run; rows whose id was rendered kept their image, and --changed "
            "renders those again that are others now"
        )
    if summary.changes.inputs:
        console.print(changes_line(summary.changes))
    if status.failed:
        console.print(f"{status.failed:,} failed; once the cause is mended, the same command with --retry-failed")
    if status.failed_before:
        console.print(f"{status.failed_before:,} failed in an earlier run; try them again with --retry-failed")
    if status.left:
        console.print(f"{status.left:,} are left; the same command continues")
    elif status.shard and not summary.results:
        console.print(f"this was shard {status.shard}; the last shard to end writes results/")


def changes_line(changes: Changes) -> str:
    """Write a line such as "1 input has changed since … (…/a.png); --changed makes the 3 renders of it again"."""
    is_one = changes.inputs == 1
    has = "input has changed since it was rendered" if is_one else "inputs have changed since they were rendered"
    more = f" and {changes.inputs - NAMES_SHOWN:,} more" if changes.inputs > NAMES_SHOWN else ""
    names = escape(", ".join(changes.names[:NAMES_SHOWN]))
    renders = "the render" if changes.renders == 1 else f"the {changes.renders:,} renders"
    return f"{changes.inputs:,} {has} ({names}{more}); --changed makes {renders} of {'it' if is_one else 'them'} again"


def status(
    out: Out,
    watch: Annotated[bool, typer.Option("--watch", help="Show it until the run has ended.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how a run is doing, from its status file alone: it works from any machine that can read OUT."""
    console = line_console()
    while True:
        current = read_status(out)
        if as_json:
            print(current.model_dump_json(indent=None if watch else 2))
        else:
            print_status(current, console)
        if not watch or current.state in ENDED or reader_has_left():
            return
        time.sleep(WATCH_SECONDS)


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
