"""``semstyle report``: a run as pages for a browser, and what it says about the paper's claims."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from semstyle.commands.run import AsJson, Out


def report(
    out: Out,
    limit: Annotated[int, typer.Option(min=1, help="Images in the gallery; totals and claims are of all.")] = 1_000,
    as_json: AsJson = False,
) -> None:
    """Write OUT/report/index.html: a run's images, metrics and failures.

    A run of manifests/paper.yaml also has the paper's claims judged there, and in OUT/report/claims.md.
    """
    from semstyle.report.page import write_report

    written = write_report(out, limit)
    if as_json:
        claims = [{"claim": claim.statement, "verdict": claim.verdict, **counts(claim)} for claim in written.claims]
        print(json.dumps({"index": written.index, "renders": written.renders, "claims": claims}, indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    for claim in written.claims:
        console.print(f"[bold]{claim.verdict}[/] {claim.count}: {claim.statement}")
    pages = f", {written.pages:,} pages" if written.pages > 1 else ""
    console.print(escape(f"{written.index} ({written.renders:,} images{pages})"))


def counts(claim: Any) -> dict[str, int]:
    return {"held": claim.held, "compared": claim.compared}
