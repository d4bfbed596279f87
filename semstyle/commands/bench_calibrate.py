"""``semstyle bench calibrate``: measuring this machine for ``semstyle plan``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from semstyle.commands.bench_table import Json, show
from semstyle.commands.render import check_device, chosen_device


def calibrate(
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "cpu",
    rates: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Where to keep the rates; by default $SEMSTYLE_RATES, else in the user's cache."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """This machine: what each part of a render takes, in a minute or two, for `plan`, `run` and `manifest build`."""
    check_device(device)
    from semstyle.bench.calibration.calibrate import calibrate as calibrated
    from semstyle.bench.calibration.table import calibration_table
    from semstyle.cost.rates import DeviceKind
    from semstyle.cost.rates_file import store_rates

    console = Console(stderr=True)
    kind: DeviceKind = "cuda" if chosen_device(device) == "cuda" else "cpu"
    found = calibrated(kind, lambda part: console.print(f"measuring {part}"))
    path = store_rates(found.rates, rates)
    show(calibration_table(found, str(path)), as_json)
