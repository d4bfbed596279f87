"""The subcommands of ``semstyle`` together."""

from __future__ import annotations

import typer

from semstyle.commands import bench, manifest, maps, render, report, run, verify

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
