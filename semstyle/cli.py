"""The ``semstyle`` command: its subcommands, and how an error reaches the user."""

from __future__ import annotations

import sys

import typer

from semstyle.commands import bench, manifest, maps, render, report, run, verify
from semstyle.engine.errors import SemstyleError
from semstyle.storage import redact

app = typer.Typer(
    name="semstyle",
    help="Semantic style transfer: one image, or a Parquet manifest of thousands on a Ray cluster.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("render")(render.render)
app.command("run")(run.run)
app.command("status")(run.status)
app.command("verify")(verify.verify)
app.command("report")(report.report)
app.add_typer(manifest.app, name="manifest")
app.add_typer(maps.app, name="map")
app.add_typer(bench.app, name="bench")

BAD_INPUT = SemstyleError.exit_code


def main() -> None:
    """Run the command; a :class:`SemstyleError` is one line on stderr and its exit code."""
    try:
        app()
    except SemstyleError as error:
        print(f"semstyle: {redact(str(error))}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
