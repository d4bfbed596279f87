"""``semstyle compare``: two runs of the same, before and after a change, and whether what changed is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.table import Column, Table

from semstyle.commands.arguments import AsJson
from semstyle.commands.fitting import line_console, table_console
from semstyle.commands.output_folder import check_folder
from semstyle.counted import counted
from semstyle.dataset.comparison import Comparison, Match, compare_nights, read_requirements, write_page
from semstyle.dataset.comparison.differences import Difference
from semstyle.dataset.comparison.failures import FailedRow
from semstyle.dataset.comparison.page import signed
from semstyle.storage import Folder

BROKEN = 3
MOST_SHOWN = 10


def compare(
    before: Annotated[str, typer.Argument(metavar="A", help="Output folder of the run before, a path or URI.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Output folder of the run after.")],
    requirements: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="YAML of what may change at most, such as semantic_leak by 0.02."),
    ] = None,
    by: Annotated[
        Match, typer.Option("--match", help="Pair renders by id, by inputs and settings, or by both in turn (auto).")
    ] = Match.AUTO,
    across: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Pair across this parameter or tags.NAME, whose values differ; repeat for several."
        ),
    ] = None,
    images: Annotated[
        int, typer.Option(min=0, metavar="N", help="Of images that changed, look at N at most, evenly chosen.")
    ] = 200,
    page: Annotated[
        str | None, typer.Option(metavar="DIR", help="Write DIR/index.html, with the ten worst pairs side by side.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare two runs render by render: metrics, loss and times with 95 % intervals, images, failures, versions.

    Exit code 3 when a requirement is broken. docs/compare.md says what is paired with what.
    """
    if page is not None:
        check_folder("--page", page)
    required = None if requirements is None else read_requirements(requirements)
    found = compare_nights(before, after, by, across or (), required, images)
    written = None if page is None else write_page(found, Folder(before), Folder(after), Folder(page))
    if as_json:
        print(found.model_dump_json(indent=2))
    else:
        print_comparison(found)
        if written is not None:
            line_console().print(written, markup=False)
    raise typer.Exit(BROKEN if found.is_broken else 0)


def print_comparison(found: Comparison) -> None:
    """Print what a reader looks at first; the page and --json have all of it."""
    console = line_console()
    for line in head_lines(found):
        console.print(line, markup=False)
    table_console().print(table_of(found.differences))
    for line in (*split_lines(found), *image_lines(found), *failure_lines(found), *verdict_lines(found)):
        console.print(line, markup=False)


def head_lines(found: Comparison) -> Iterator[str]:
    pairing = found.pairing
    yield f"before {found.before} ({counted(found.renders_before, 'render')})"
    yield f"after  {found.after} ({counted(found.renders_after, 'render')})"
    yield (
        f"{counted(pairing.pairs, 'pair')}: {pairing.by_id:,} by id, {pairing.by_inputs:,} by inputs; "
        f"{pairing.only_before:,} only before, {pairing.only_after:,} only after"
    )
    yield from pairing.remarks
    if pairing.other_files:
        yield f"of input files that have changed: {counted(pairing.other_files, 'pair')}"
    for change in pairing.changed:
        yield f"{change.name}: {'; '.join(change.values)} ({counted(change.pairs, 'pair')})"
    for origin in found.provenance:
        yield f"{origin.name}: {', '.join(origin.before) or '–'} → {', '.join(origin.after) or '–'}"


def table_of(differences: list[Difference]) -> Table:
    """Return a row for each number: its means, their difference, and its interval; * marks one that leaves out 0."""
    right = [Column(name, justify="right") for name in ("before", "after", "difference", "95 % interval", "pairs")]
    table = Table("number", *right, box=None)
    for one in differences:
        table.add_row(
            one.name,
            f"{one.before:.4g}",
            f"{one.after:.4g}",
            f"{signed(one.mean)}{'*' if one.is_clear else ' '}",
            interval(one),
            f"{one.pairs:,}",
        )
    return table


def interval(one: Difference) -> str:
    return "–" if one.low is None or one.high is None else f"{signed(one.low)} to {signed(one.high)}"


def split_lines(found: Comparison) -> Iterator[str]:
    """Yield the differences within one method or value of a parameter whose intervals leave out 0."""
    for split in found.splits:
        clear = [f"{one.name} {signed(one.mean)} ({interval(one)})" for one in split.differences if one.is_clear]
        if clear:
            yield f"{split.by} {split.value} ({counted(split.pairs, 'pair')}): {', '.join(clear)}"


def image_lines(found: Comparison) -> Iterator[str]:
    images = found.images
    line = f"images: {images.unchanged:,} unchanged, {images.differing:,} in other files"
    if images.differing:
        line += f", of which {images.looked_at:,} were looked at"
    if images.same_pixels:
        line += f"; {images.same_pixels:,} of these have the same pixels"
    if images.unreadable:
        line += f"; {images.unreadable:,} are missing or damaged"
    if images.psnr is not None and images.ssim is not None:
        line += f"; PSNR {images.psnr:.1f} dB, SSIM {images.ssim:.3f} on average of those that changed"
    yield line
    for change in images.worst:
        likeness = "" if change.psnr is None else f"SSIM {change.ssim:.3f}, PSNR {change.psnr:.1f} dB"
        ids = change.before if change.before == change.after else f"{change.before} → {change.after}"
        yield f"  {ids}: {likeness}{change.note}"


def failure_lines(found: Comparison) -> Iterator[str]:
    failures = found.failures
    if failures.before or failures.after:
        yield (
            f"failures: {failures.before:,} before, {failures.after:,} after; "
            f"{failures.new_count:,} new, {failures.gone_count:,} gone"
        )
    yield from told(failures.new, failures.new_count, "new")
    yield from told(failures.gone, failures.gone_count, "gone")


def told(rows: list[FailedRow], count: int, kind: str) -> Iterator[str]:
    for row in rows[:MOST_SHOWN]:
        yield f"  {kind}: {row.render_id}: {row.failure_class}: {row.message}"
    if count > MOST_SHOWN:
        yield f"  … and {count - MOST_SHOWN:,} more {kind} (--json names the first hundred)"


def verdict_lines(found: Comparison) -> Iterator[str]:
    for verdict in found.verdicts:
        yield f"{'broken' if verdict.is_broken else 'kept'}: {verdict.requirement}: {verdict.told}"
