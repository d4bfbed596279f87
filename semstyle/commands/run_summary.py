"""What ``semstyle run`` leaves for whoever started it: a contact sheet, a report, and lines on stdout."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext

from rich.markup import escape

from semstyle.commands.durations import in_words
from semstyle.commands.fitting import line_console
from semstyle.counted import counted
from semstyle.farm import RunSummary
from semstyle.farm.dry_run import DryRun
from semstyle.farm.rows.changes import Changes
from semstyle.manifest.shard import Shard
from semstyle.storage import Folder, StorageError, redact

NAMES_SHOWN = 5


def print_dry_run(found: DryRun, as_json: bool) -> None:
    """Print what the run would do, in words or as JSON."""
    if as_json:
        print(found.model_dump_json(indent=2))
        return
    console = line_console()
    counts = f"{found.skipped:,} there before, {found.failed_before:,} failed before, {found.invalid:,} invalid"
    console.print(
        f"would render {found.to_render:,} of {counted(found.rows, 'row')} into {escape(found.out)} ({counts})"
    )
    if found.to_render:
        console.print(f"about {in_words(found.cpu_seconds)} of one CPU; `semstyle plan` says more")
    for render_id in found.first:
        console.print(f"  {escape(render_id)}")
    if found.to_render > len(found.first):
        console.print(f"  … and {found.to_render - len(found.first):,} more")
    for problem in found.problems:
        console.print(escape(problem))


def write_contact_sheet(out: str) -> str | None:
    """Draw the run's contact sheets; returns where they are, or None when storage did not take them."""
    from semstyle.report import write_contact_sheets

    try:
        first, *further = write_contact_sheets(out)
    except StorageError as error:
        tell_left_out("contact sheet", error, "the same command draws it")
        return None
    return redact(Folder(out).location(first)) + (f" and {len(further)} more beside it" if further else "")


def write_pages(out: str) -> str | None:
    """Write the run's report; returns where it is, or None when storage did not take it."""
    from semstyle.report.page import write_report

    try:
        return write_report(out).index
    except StorageError as error:
        tell_left_out("report", error, "`semstyle report` writes it")
        return None


def reported(out: str, part: Shard | None) -> AbstractContextManager[object]:
    """Return a context in which the report is written every minute, by the first of several drivers.

    Args:
        part: What the driver renders; None when no report is wanted.
    """
    from semstyle.report.live import LiveReport

    return LiveReport(out) if part is not None and part.number == 1 else nullcontext()


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
    renders = "the render" if changes.renders == 1 else f"the {counted(changes.renders, 'render')}"
    return f"{changes.inputs:,} {has} ({names}{more}); --changed makes {renders} of {'it' if is_one else 'them'} again"
