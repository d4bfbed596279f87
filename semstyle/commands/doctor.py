"""``semstyle doctor``: what is well on this machine, what is not, and what to do."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from semstyle.commands.arguments import AsJson
from semstyle.commands.fitting import line_console

if TYPE_CHECKING:
    from semstyle.doctor.finding import Finding

ILL = 3
MARKS = {"well": "[green]ok[/]  ", "note": "[yellow]note[/]", "ill": "[red]ILL[/] "}


def doctor(
    out: Annotated[
        str | None, typer.Option("--out", "-o", metavar="OUT", help="Also try an output folder, a path or URI.")
    ] = None,
    address: Annotated[str | None, typer.Option(help="Also try a cluster: auto or HOST:PORT.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look at the installation, threads, device and driver, weights, fonts, storage, credentials and the cluster.

    No credential is shown. Exit code 3 when something is ill.
    """
    found = []
    console = line_console()
    for finding in findings(out, address):
        found.append(finding)
        if not as_json:
            advice = f": {finding.advice}" if finding.advice else ""
            console.print(f"{MARKS[finding.verdict]} {finding.subject:13} {escape(finding.message + advice)}")
    if as_json:
        print(json.dumps([finding.model_dump() for finding in found], indent=2))
    if any(finding.verdict == "ill" for finding in found):
        raise typer.Exit(ILL)


def findings(out: str | None, address: str | None) -> Iterator[Finding]:
    """Yield each finding as it is made; a package that cannot be imported ends the search, as the rest needs it."""
    from semstyle.doctor import installation

    broken = False
    for finding in installation.look_at_installation():
        broken |= finding.verdict == "ill"
        yield finding
    if broken:
        return
    from semstyle.doctor import places

    yield from itertools.chain(
        installation.look_at_machine(),
        installation.look_at_device(),
        installation.look_at_weights(),
        installation.look_at_confinement(),
        installation.look_at_fonts(),
        places.look_at_storage(out),
        places.look_at_cluster(address),
    )
