"""``semstyle plan``: what a manifest will take, before it is run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from semstyle.commands.arguments import AsJson
from semstyle.commands.plan_table import print_comparison, print_forecast
from semstyle.planning import PlannedRow, PlanOptions, compare_with_records, foresee_manifest


def option(name: str) -> Any:
    """The command-line option of a field of :class:`PlanOptions`, with the field's help."""
    return typer.Option(help=PlanOptions.model_fields[name].description)


def plan(
    manifest: Annotated[str, typer.Argument(metavar="M", help="Parquet manifest, or a folder of them: a path or URI.")],
    address: Annotated[str | None, option("address")] = None,
    gpus_per_render: Annotated[float | None, option("gpus_per_render")] = None,
    cpus_per_render: Annotated[float | None, option("cpus_per_render")] = None,
    price_per_hour: Annotated[float | None, option("price_per_hour")] = None,
    where: Annotated[str | None, option("where")] = None,
    sample: Annotated[int | None, option("sample")] = None,
    limit: Annotated[int | None, option("limit")] = None,
    allow_uri: Annotated[list[str] | None, option("allow_uri")] = None,
    headers: Annotated[bool, option("headers")] = True,
    rates: Annotated[Path | None, option("rates")] = None,
    rows: Annotated[
        bool, typer.Option("--rows", help="Print a line of JSON for each row as well, before the whole.")
    ] = False,
    against: Annotated[
        str | None,
        typer.Option(metavar="OUT", help="Compare the estimates with what renders in this folder have taken."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a manifest will take: seconds, memory, money, time on the cluster at hand, and rows that will not fit.

    It renders and writes nothing. `semstyle bench calibrate` measures what it goes by.
    """
    options = checked_options(
        address=address,
        gpus_per_render=gpus_per_render,
        cpus_per_render=cpus_per_render,
        price_per_hour=price_per_hour,
        where=where,
        sample=sample,
        limit=limit,
        allow_uri=allow_uri or (),
        headers=headers,
        rates=rates,
    )
    if against is not None:
        comparison = compare_with_records(manifest, against, options)
        print(comparison.model_dump_json(indent=2)) if as_json else print_comparison(comparison)
        return
    forecast = foresee_manifest(manifest, options, print_row if rows else None)
    print(forecast.model_dump_json(indent=None if rows else 2)) if as_json else print_forecast(forecast)


def print_row(row: PlannedRow) -> None:
    print(row.model_dump_json())


def checked_options(**values: Any) -> PlanOptions:
    """Check the options; an error names the one at fault."""
    try:
        return PlanOptions(**values)
    except ValidationError as error:
        name = f"--{str(error.errors()[0]['loc'][0]).replace('_', '-')}"
        raise typer.BadParameter(str(error), param_hint=name) from error
