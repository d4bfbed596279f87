"""``semstyle verify``: whether what a run left is whole, and putting right what is not."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from semstyle.commands.run import AsJson, Out
from semstyle.farm import repair as repair_run
from semstyle.farm import verify as verify_run
from semstyle.farm.verify import Problem, Verification

PROBLEMS = 3


def verify(
    out: Out,
    manifest: Annotated[str | None, typer.Option(help="The manifest, when it is not where job.json says.")] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Remove what is broken or over, so that `semstyle run` renders it again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check every record against its image, and the manifest against records and failures.

    Exit code 3 on problems; with --repair, when rows are left for the next run to render.
    """
    if repair:
        repaired = repair_run(out, manifest, (lambda problem, done: None) if as_json else print_repair)
        print_verification(repaired, as_json, f", {repaired.to_render:,} for the next run to render")
        raise typer.Exit(PROBLEMS if repaired.to_render else 0)
    result = verify_run(out, manifest)
    if not as_json:
        print_problems(result)
    print_verification(result, as_json)
    raise typer.Exit(PROBLEMS if result.problem_count else 0)


def print_repair(problem: Problem, done: str) -> None:
    Console(highlight=False, soft_wrap=True).print(escape(f"{problem}: {done}"))


def print_problems(result: Verification) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for problem in result.problems:
        console.print(escape(str(problem)))
    if result.problem_count > len(result.problems):
        console.print(f"… and {result.problem_count - len(result.problems):,} more")
    if result.problem_count > result.missing:
        console.print("`semstyle verify --repair` puts right what can be, and `semstyle run` does the rest")


def print_verification(result: Verification, as_json: bool, more: str = "") -> None:
    """The counts, in words or as JSON."""
    if as_json:
        print(result.model_dump_json(indent=2))
        return
    print(
        f"{result.records:,} records, {result.failures:,} failures, {result.missing:,} missing, "
        f"{result.problem_count:,} problems{more}"
    )
