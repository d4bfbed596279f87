"""``semstyle verify``: checking whether what a run has left is whole, and repairing what is not."""

from __future__ import annotations

import itertools
from typing import Annotated

import typer

from semstyle.commands.arguments import AsJson, Out
from semstyle.commands.fitting import line_console
from semstyle.counted import counted
from semstyle.farm import repair as repair_run
from semstyle.farm import verify as verify_run
from semstyle.farm.verify import OutputProblem, ProblemKind, Verification

PROBLEMS = 3
MOST_SHOWN = 10


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
        shown = itertools.count()

        def tell(problem: OutputProblem, done: str) -> None:
            if not as_json and next(shown) < MOST_SHOWN:
                line_console().print(f"{problem}: {done}", markup=False)

        repaired = repair_run(out, manifest, tell)
        if not as_json:
            print_more(repaired)
        print_verification(repaired, as_json, f", {repaired.to_render:,} for the next run to render")
        raise typer.Exit(PROBLEMS if repaired.to_render else 0)
    result = verify_run(out, manifest)
    if not as_json:
        print_problems(result)
    print_verification(result, as_json)
    raise typer.Exit(PROBLEMS if result.problem_count else 0)


def print_problems(result: Verification) -> None:
    """Print the first problems, how many there are of each kind when there are more, and what to run."""
    console = line_console()
    for problem in result.problems[:MOST_SHOWN]:
        console.print(str(problem), markup=False)
    print_more(result)
    if result.problem_count > result.missing:
        console.print("`semstyle verify --repair` puts right what can be, and `semstyle run` does the rest")


def print_more(result: Verification) -> None:
    if (more := result.problem_count - MOST_SHOWN) > 0:
        kinds = ", ".join(problems(kind, count) for kind, count in result.counts.items())
        print(f"… and {more:,} more; in all {kinds} (--json names the first hundred)")


def problems(kind: ProblemKind, count: int) -> str:
    return counted(count, kind, "missing" if kind is ProblemKind.MISSING else "")


def print_verification(result: Verification, as_json: bool, more: str = "") -> None:
    """Print the counts, in words or as JSON."""
    if as_json:
        print(result.model_dump_json(indent=2))
        return
    print(
        f"{counted(result.records, 'record')}, {counted(result.failures, 'failure')}, {result.missing:,} missing, "
        f"{counted(result.problem_count, 'problem')}{more}"
    )
