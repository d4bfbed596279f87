"""Arguments and options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

Out = Annotated[str, typer.Argument(metavar="OUT", help="The run's output folder, a path or URI.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, for programs.")]
