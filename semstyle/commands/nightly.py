"""``semstyle nightly``: every night's data set, from a spec to what ``latest`` names."""

from __future__ import annotations

import re
import sys
from contextlib import redirect_stdout
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from semstyle.commands.arguments import AsJson
from semstyle.commands.output_folder import check_folder
from semstyle.commands.passed_on import taking_options_of
from semstyle.commands.run import STOPPED, checked_options, run
from semstyle.commands.run_summary import print_dry_run
from semstyle.dataset.comparison import read_requirements
from semstyle.dataset.export import DatasetFormat, ExportOptions, parse_shares
from semstyle.dataset.export.options import INPUTS
from semstyle.dataset.nightly import NightOrder, NightSummary, make_night, plan_night
from semstyle.dataset.nightly.state import NightStep
from semstyle.errors import InputError
from semstyle.farm import RunOptions
from semstyle.farm.dry_run import dry_run
from semstyle.farm.monitor.event_log import STANDARD_ERROR, logged_to
from semstyle.farm.monitor.notice import notified
from semstyle.farm.monitor.progress import run_progress
from semstyle.storage import Folder, redact

OWN = {"manifest", "out", "as_json", "dry", "log", "notify", "report"}
"""Parameters of ``semstyle run`` that are no options of a run, or have another meaning here."""
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@taking_options_of(run, without=OWN)
def nightly(
    root: Annotated[str, typer.Argument(metavar="ROOT", help="Folder of all nights, a path or URI.")],
    night: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="The night; by default today, in UTC.")
    ] = None,
    spec: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help="Grid spec of what to render; by default manifests/nightly.yaml."),
    ] = None,
    requirements: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="YAML of what may change since the night before; see `semstyle compare`."),
    ] = None,
    keep: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Remove complete nights but the last N; by default none.")
    ] = None,
    chosen: Annotated[
        DatasetFormat, typer.Option("--format", help="How the data set's images and rows are stored.")
    ] = DatasetFormat.PARQUET,
    split_by: Annotated[
        str,
        typer.Option(
            metavar="content|style|inputs|each|tag:NAME",
            help="What train, validation and test do not have in common.",
        ),
    ] = INPUTS,
    split: Annotated[str, typer.Option(metavar="A,B,C", help="Shares of train, validation and test.")] = "0.8,0.1,0.1",
    split_seed: Annotated[int, typer.Option(help="Another one puts new inputs into other splits.")] = 0,
    licence: Annotated[
        str, typer.Option("--license", metavar="ID", help="Licence of the data set, such as cc-by-4.0.")
    ] = "unknown",
    notify: Annotated[
        str | None,
        typer.Option(
            metavar="URL|env:NAME",
            help="Tell this address of apprise's, or that in the variable NAME, of the first failure and the end.",
        ),
    ] = None,
    dry: Annotated[
        bool, typer.Option("--dry-run", help="Begin the night and say what would be rendered, and stop there.")
    ] = False,
    log: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="Add a line of JSON for each event of the run to FILE.")
    ] = None,
    as_json: AsJson = False,
    **passed: Any,
) -> None:
    """Render a spec into ROOT/<date>/, verify it, make a data set of it, compare it, and let ROOT/latest name it.

    The same command goes on with a night that was stopped or killed at any step. Exit codes are those of `semstyle
    run`; 3 also when something is damaged or a requirement is broken, and then ROOT/latest stays where it is.
    """
    check_folder("ROOT", root)
    order = NightOrder(
        root=Folder(root),
        date=tonight() if night is None else parse_date(night),
        spec=spec,
        options=options_of(passed),
        export=ExportOptions(chosen, split_by, parse_shares(split), split_seed, licence),
        requirements=None if requirements is None else read_requirements(requirements),
        keep=keep,
    )
    if dry:
        print_dry_run(dry_run(plan_night(order), order.folder.uri, order.options), as_json)
        return
    found = made(order, log, notify, as_json)
    if as_json:
        print(found.model_dump_json(indent=2))
    raise typer.Exit(found.exit_code)


def made(order: NightOrder, log: str | None, notify: str | None, as_json: bool) -> NightSummary:
    """Make the night, and print a line for each step as it ends."""
    output = sys.stderr if as_json else sys.stdout

    def tell(step: NightStep, line: str) -> None:
        print(f"{order.date} {step}: {redact(line)}", file=output, flush=True)

    progress = None if log == STANDARD_ERROR else run_progress(Console(stderr=True))
    about = f"night {order.date} in {redact(order.root.uri)}"
    try:
        # Ray prints on stdout, which is for the lines and the result.
        with notified(notify, about, tells_run_end=False) as notices, logged_to(log), redirect_stdout(sys.stderr):
            return make_night(order, tell, progress=progress, notices=notices)
    except KeyboardInterrupt:
        raise typer.Exit(STOPPED) from None
    finally:
        if progress:
            progress.close()


def options_of(passed: dict[str, Any]) -> RunOptions:
    """Return those of the values that :class:`RunOptions` checks."""
    values = {name: value for name, value in passed.items() if name in RunOptions.model_fields}
    return checked_options(**{**values, "allow_uri": values.get("allow_uri") or ()})


def tonight() -> date:
    return datetime.now(UTC).date()


def parse_date(text: str) -> date:
    """Read a date such as 2026-01-31.

    Raises:
        InputError: when it is none, or is written in another way.
    """
    try:
        if DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InputError(f"--date {redact(text)}: write a date such as 2026-01-31")
