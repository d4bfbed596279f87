"""``semstyle run``: a manifest on Ray."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from semstyle.commands.arguments import AsJson
from semstyle.commands.output_folder import check_folder
from semstyle.commands.run_summary import print_dry_run, print_summary, reported, write_contact_sheet, write_pages
from semstyle.farm import RunOptions, run_manifest
from semstyle.farm.dry_run import dry_run
from semstyle.farm.monitor.event_log import STANDARD_ERROR, logged_to
from semstyle.farm.monitor.notice import notified
from semstyle.farm.monitor.progress import run_progress
from semstyle.storage import redact

STOPPED = 130


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
    preview: Annotated[bool, typer.Option("--preview", help=describe("preview"))] = False,
    retry_failed: Annotated[str | None, typer.Option(metavar="[=CLASS,…]", help=describe("retry_failed"))] = None,
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
    report: Annotated[
        bool, typer.Option(help="Write OUT/report/: every minute while it goes on, and at the end.")
    ] = True,
    notify: Annotated[
        str | None,
        typer.Option(
            metavar="URL|env:NAME",
            help="Tell this address of apprise's, or that in the variable NAME, of the first failure and the end.",
        ),
    ] = None,
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
        preview=preview,
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
        # Ray prints on stdout, which is for the result.
        with (
            notified(notify, redact(out)) as notices,
            logged_to(log),
            redirect_stdout(sys.stderr),
            reported(out, options.part if report else None),
        ):
            summary = run_manifest(manifest, out, options, progress=progress, notices=notices)
        sheet = write_contact_sheet(out) if summary.results else None
        pages = write_pages(out) if report and summary.results else None
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


def checked_options(**values: Any) -> RunOptions:
    """Check the options; an error names the one at fault."""
    try:
        return RunOptions(**values)
    except ValidationError as error:
        name = f"--{str(error.errors()[0]['loc'][0]).replace('_', '-')}"
        raise typer.BadParameter(str(error), param_hint=name) from error
