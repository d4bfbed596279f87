"""``semstyle export``: a run's renders as a data set that training programs read."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from semstyle.commands.arguments import AsJson
from semstyle.commands.fitting import line_console
from semstyle.commands.output_folder import check_folder
from semstyle.counted import counted
from semstyle.dataset.export import (
    DatasetFormat,
    Exported,
    ExportOptions,
    export_dataset,
    parse_shares,
    read_known_splits,
)
from semstyle.dataset.export.formats.part import WrittenPart
from semstyle.dataset.export.options import SPLITS
from semstyle.dataset.export.plan import Part
from semstyle.storage import redact

LEFT_OUT = 3
MOST_SHOWN = 10
MEGABYTE = 1_000_000


def export(
    out: Annotated[str, typer.Argument(metavar="OUT", help="Output folder of a finished run, a path or URI.")],
    chosen: Annotated[DatasetFormat, typer.Option("--format", help="How images and rows are stored.")],
    to: Annotated[
        str, typer.Option("-o", "--to", metavar="DIR", help="A new or empty folder for the data set, a path or URI.")
    ],
    split_by: Annotated[
        str,
        typer.Option(
            metavar="content|style|inputs|each|tag:NAME",
            help="What train, validation and test do not have in common.",
        ),
    ] = "content",
    split: Annotated[str, typer.Option(metavar="A,B,C", help="Shares of train, validation and test.")] = "0.8,0.1,0.1",
    seed: Annotated[int, typer.Option(help="Another one puts inputs into other splits.")] = 0,
    splits_of: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="An earlier data set, in whose splits its inputs stay; a path or URI."),
    ] = None,
    licence: Annotated[
        str, typer.Option("--license", metavar="ID", help="Licence of the data set, such as cc-by-4.0.")
    ] = "unknown",
    as_json: AsJson = False,
) -> None:
    """Make a data set of a run's verified renders, with splits that share no input, a card, and checksums.

    The same command continues an export that was interrupted. Exit code 3 when damaged renders are left out.
    docs/dataset.md says what is in it and how it is read.
    """
    check_folder("-o", to)
    options = ExportOptions(chosen, split_by, parse_shares(split), seed, licence)
    known = None if splits_of is None else read_known_splits(splits_of)
    found = export_dataset(out, to, options, (lambda part, written: None) if as_json else tell_part, known)
    if as_json:
        print(found.dataset.model_dump_json(indent=2))
    else:
        print_exported(found, to)
    raise typer.Exit(LEFT_OUT if found.dataset.damaged_count else 0)


def tell_part(part: Part, written: WrittenPart) -> None:
    line_console().print(
        f"{part.split} {part.number + 1}/{part.count}: {counted(written.renders, 'render')}", markup=False
    )


def print_exported(found: Exported, to: str) -> None:
    console, dataset = line_console(), found.dataset
    for name, split in dataset.splits.items():
        console.print(f"{name}: {counted(split.renders, 'render')} of {counted(split.groups, 'group')}", markup=False)
    for name, share in zip(SPLITS, dataset.shares, strict=True):
        if share and name not in dataset.splits:
            console.print(
                f"{name}: none, as no group fell to it; with few groups, another --seed may help", markup=False
            )
    if failed := sum(dataset.failures.values()):
        console.print(f"not in it: {counted(failed, 'row')} that failed", markup=False)
    if dataset.between_splits:
        console.print(f"not in it: {counted(dataset.between_splits, 'render')} whose inputs are in different splits")
    for damaged in dataset.damaged[:MOST_SHOWN]:
        console.print(f"left out: {damaged.render_id}: {damaged.why}", markup=False)
    if (more := dataset.damaged_count - MOST_SHOWN) > 0:
        console.print(f"… and {more:,} more left out (--json names the first hundred)")
    if dataset.damaged_count:
        console.print("`semstyle verify --repair` and `semstyle run` make them anew", markup=False)
    size = f"{dataset.size / MEGABYTE:,.1f} MB"
    there = ", there already" if found.was_there else ""
    console.print(escape(f"{redact(to)} ({dataset.format}, {counted(dataset.renders, 'render')}, {size}{there})"))
