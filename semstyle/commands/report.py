"""``semstyle report``: a run as pages for a browser, and what it says about the paper's claims."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.markup import escape

from semstyle.commands.arguments import AsJson, Out
from semstyle.commands.fitting import line_console
from semstyle.counted import counted
from semstyle.errors import InputError
from semstyle.farm.output.job import read_job
from semstyle.farm.output.layout import committed_ids
from semstyle.storage import Folder, redact


def report(
    out: Out,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Show only so many renders, the first; totals and claims are of all.")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="Write the report and a copy of its images there, and nothing into OUT: to look at a bucket's run.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write OUT/report/index.html, a page that shows all of a run, and its contact sheets beside it.

    What is there and has not changed is kept. A run of manifests/paper.yaml also has the paper's claims judged there,
    and in OUT/report/claims.md.
    """
    from semstyle.report import write_contact_sheets
    from semstyle.report.page import require_run, write_report

    require_run(Folder(out))
    target = folder_for_copies(to)
    sheets = write_contact_sheets(out, target)
    written = write_report(out, limit, to=target)
    if as_json:
        claims = [{"claim": claim.statement, "verdict": claim.verdict, **counts(claim)} for claim in written.claims]
        places = [redact((target or Folder(out)).location(path)) for path in sheets]
        told = {"index": written.index, "contact_sheets": places, "renders": written.renders, "claims": claims}
        print(json.dumps(told, indent=2))
        return
    console = line_console()
    for claim in written.claims:
        console.print(f"[bold]{claim.verdict}[/] {claim.count}: {claim.statement}")
    left_out = f", the first {written.shown:,} shown" if written.shown < written.renders else ""
    drawn = f"{len(sheets):,} contact sheets" if len(sheets) > 1 else "a contact sheet"
    console.print(escape(f"{written.index} ({counted(written.renders, 'image')}{left_out}, {drawn} beside it)"))


def folder_for_copies(to: str | None) -> Folder | None:
    """The folder that a user has named for a report.

    Raises:
        InputError: when it is a run's folder, whose images would be mixed with copies.
    """
    if to is None:
        return None
    folder = Folder(to)
    if read_job(folder) is not None or next(committed_ids(folder), None) is not None:
        raise InputError(f"--to {redact(to)}: a run is there; name another folder")
    return folder


def counts(claim: Any) -> dict[str, int]:
    return {"held": claim.held, "compared": claim.compared}
