"""``semstyle manifest``: build one from a grid spec, check one, look into one."""

from __future__ import annotations

import itertools
import json
from collections.abc import Container, Iterator, Mapping
from typing import Annotated, Any

import typer
from rich.console import Console

from semstyle.commands.destination import Destination
from semstyle.commands.fitting import from_left, line_console
from semstyle.commands.streams import reader_has_left
from semstyle.counted import counted
from semstyle.engine.parameters import Parameters
from semstyle.errors import InputError
from semstyle.manifest import BadRow, ManifestError, Row, build_manifest, count_rows, read_rows
from semstyle.manifest.columns import PARAMETER_FIELDS
from semstyle.manifest.reader import SUFFIX
from semstyle.manifest.row import URI_PARAMETERS
from semstyle.manifest.specs.settings import Settings, parse_settings
from semstyle.manifest.validation import ManifestProblem, validate_manifest
from semstyle.storage import redact

BROKEN = 2
MOST_PROBLEMS = 50
DEFAULTS = Parameters().as_dict()
NAME_WIDTH = max(map(len, PARAMETER_FIELDS))

app = typer.Typer(help="Build, check and show manifests.", no_args_is_help=True)
ManifestArgument = Annotated[
    str, typer.Argument(metavar="MANIFEST", help="A Parquet file, or a folder of them; a path or URI.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command()
def build(
    spec: Annotated[
        str, typer.Argument(metavar="SPEC", help="A grid spec in YAML, or CSV with a line a row; a path or URI.")
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="M.parquet", help="Where to write the manifest; folders in the path are made."
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE[,VALUE]", help="Values of a parameter in all jobs, in place of the spec's."
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Write so many rows at most, the first.")] = None,
    dry: Annotated[
        bool,
        typer.Option("--dry-run", help="Say how many rows and inputs there are and what they cost; write nothing."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Expand a grid spec (inputs × grid), or a table in CSV, into a manifest."""
    chosen = parse_settings(settings or ())
    if dry:
        print_foreseen(spec, chosen, limit, as_json)
        return
    if output is None:
        raise InputError(
            "manifest build: --output is missing (where to write the manifest; folders in the path are made); "
            "`semstyle manifest build --help` shows all"
        )
    check_output(output)
    count = build_manifest(spec, output, chosen, limit)
    shown = redact(output)
    print(json.dumps({"manifest": shown, "rows": count}) if as_json else f"{shown}: {counted(count, 'row')}")


def print_foreseen(spec: str, settings: Settings, limit: int | None, as_json: bool) -> None:
    """Print what building a manifest would give, in words or as JSON."""
    from semstyle.commands.durations import in_words
    from semstyle.commands.foreseen import foresee

    found = foresee(spec, settings, limit)
    if as_json:
        print(json.dumps(vars(found)))
        return
    repeated = found.rows - found.renders
    same = f" ({repeated:,} of them {'repeats' if repeated == 1 else 'repeat'} another)" if repeated else ""
    inputs = counted(found.inputs, "distinct input")
    print(f"{redact(spec)}: {counted(found.rows, 'row')}{same}, {inputs}")
    print(f"about {in_words(found.cpu_seconds)} of one CPU, by rates {found.cpu_rates}")
    print(f"or {in_words(found.gpu_seconds)} of one GPU, by rates {found.gpu_rates}; `semstyle plan M` says more")


@app.command()
def schema() -> None:
    """Print the JSON schema of grid specs, by which editors complete keys and underline mistakes."""
    from semstyle.manifest.specs.schema import schema_text

    print(schema_text(), end="")


def check_output(output: str) -> None:
    """Refuse a place that is not named as a manifest is, or where nothing can be written.

    Raises:
        SemstyleError: naming it, and saying what to do.
    """
    destination = Destination("--output", output)
    if not output.lower().endswith(SUFFIX):
        raise InputError(
            f"--output {redact(output)}: a manifest is Parquet; use a name that ends in {SUFFIX} "
            f"(the order is: semstyle manifest build SPEC -o M{SUFFIX})"
        )
    destination.try_out(makes_folders=True)


@app.command()
def validate(
    manifest: ManifestArgument,
    check_inputs: Annotated[
        bool, typer.Option("--check-inputs", help="Also open every image and map, and pair the maps.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="Most problems to print.")] = MOST_PROBLEMS,
    as_json: JsonOption = False,
) -> None:
    """Check a manifest; exit code 2 when a row is broken, each named with its row and column."""
    count, problems = 0, 0
    shown: list[ManifestProblem] = []
    for problem in validate_manifest(manifest, check_inputs):
        if problem is None:
            count += 1
            continue
        problems += 1
        if len(shown) < limit:
            shown.append(problem)
            if not as_json:
                typer.echo(str(problem), err=True)
    if not count:
        raise ManifestError("it has no rows, so there is nothing to render", manifest)
    if as_json:
        print(json.dumps({"rows": count, "problems": problems, "shown": [vars(problem) for problem in shown]}))
    else:
        if problems > limit:
            typer.echo(f"… and {problems - limit:,} more; raise --limit to see them", err=True)
        found = counted(problems, "problem") if problems else "no problems"
        print(f"{redact(manifest)}: {counted(count, 'row')}, {found}")
    if problems:
        raise typer.Exit(BROKEN)


@app.command()
def show(
    manifest: ManifestArgument,
    limit: Annotated[int, typer.Option(min=1, help="Most rows to show.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Show the first rows: id, inputs, the parameters that differ from their defaults, tags."""
    total = count_rows(manifest)
    rows = itertools.takewhile(lambda _: not reader_has_left(), itertools.islice(read_rows(manifest), limit))
    if as_json:
        for row in rows:
            print(json.dumps(row_document(row), ensure_ascii=False))
        return
    console = line_console()
    for row in rows:
        for line in row_lines(row, console):
            console.print(line, markup=False)
    if total > limit or not total:
        console.print(counted(total, "row") + ("; --limit shows more" if total else ""))


def row_lines(row: Row | BadRow, console: Console) -> Iterator[str]:
    """Yield a line of the row's number and id, then one for each input, parameter and tag; long paths are cut."""
    yield f"row {row.position.row}  {row.render_id}"
    if isinstance(row, BadRow):
        yield f"  {row.column}: {row.message}"
        return
    document = row_document(row)
    paths = {**document["inputs"], **{name: document["parameters"].pop(name, None) for name in URI_PARAMETERS}}
    for name, value in paths.items():
        for number, path in enumerate(value if isinstance(value, list) else [value] if value else []):
            yield f"  {name if not number else '+':{NAME_WIDTH}} {from_left(path, console, NAME_WIDTH + 3)}"
    for name, value in document["parameters"].items():
        yield f"  {name:{NAME_WIDTH}} {value}"
    for name, text in document["tags"].items():
        yield " ".join(f"  {f'tag {name}':{NAME_WIDTH}} {text}".splitlines())


def row_document(row: Row | BadRow) -> dict[str, Any]:
    """Return what ``show --json`` prints of a row; URIs are without credentials."""
    place = {"render_id": row.render_id, "file": redact(row.position.file), "row": row.position.row}
    if isinstance(row, BadRow):
        return {**place, "column": row.column, "problem": row.message}
    parameters = {name: value for name, value in row.parameters.as_dict().items() if value != DEFAULTS[name]}
    inputs = {column: value for column, value in row.inputs.items() if value is not None}
    return {**place, "inputs": hidden(inputs), "parameters": hidden(parameters), "tags": hidden(row.tags)}


def hidden(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``values`` without credentials and control characters, also in names: tags' names are strangers' text."""

    def safe(value: Any) -> Any:
        if isinstance(value, tuple):
            return [redact(part) for part in value]
        return redact(value) if isinstance(value, str) else value

    shown: dict[str, Any] = {}
    for name, value in values.items():
        shown[unlike(shown, redact(name))] = safe(value)
    return shown


def unlike(names: Container[str], name: str) -> str:
    """Return ``name`` with a number if it is among ``names``: two may be alike once their credentials are hidden."""
    numbered = (f"{name} ({number})" for number in itertools.count(2))
    return name if name not in names else next(other for other in numbered if other not in names)
