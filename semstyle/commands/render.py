"""``semstyle render``: one image, here, without Ray."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from semstyle.commands.first_look import look_at
from semstyle.commands.render_files import RenderFiles
from semstyle.commands.render_progress import RenderProgress
from semstyle.engine.presets import PRESET, PRESETS
from semstyle.errors import InputError, ParameterError, RenderCancelled
from semstyle.importing import uncollected
from semstyle.manifest.columns import INPUT_COLUMNS, PARAMETER_FIELDS
from semstyle.manifest.recipe import Recipe, without_recipe
from semstyle.manifest.row import BadRow, Position, Row, make_row
from semstyle.storage import AllowList, StorageError, redact

if TYPE_CHECKING:
    from semstyle.engine import Rendering, Request
    from semstyle.engine.rendering import OnPhase
    from semstyle.manifest.inputs import Inputs

STOPPED = 130

AllowTorchscript = Annotated[
    bool, typer.Option("--allow-torchscript", help="Run a network in TorchScript, which is a program, to make maps.")
]


def render(
    style: Annotated[list[str], typer.Option("--style", help="The style image: a path or URI; repeat for several.")],
    out: Annotated[
        str,
        typer.Option("--out", "-o", metavar="PATH", help="Where to save the image, as .png, .jpg or .webp; or a URI."),
    ],
    style_map: Annotated[
        list[str] | None,
        typer.Option("--style-map", help="Semantic map of the style, one for each --style; or auto, to make maps."),
    ] = None,
    target_map: Annotated[
        str | None, typer.Option("--target-map", help="Semantic map of the image to make: your doodle.")
    ] = None,
    content: Annotated[str | None, typer.Option("--content", help="A photograph whose content to keep.")] = None,
    size: Annotated[
        str | None, typer.Option("--size", help="Long side in pixels, or WIDTHxHEIGHT when nothing gives the shape.")
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset", metavar="NAME", help=f"Parameters by name: {', '.join(PRESETS)}; what --set says wins."
        ),
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Any parameter; repeat for more.")
    ] = None,
    device: Annotated[str, typer.Option("--device", help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[
        int | None,
        typer.Option("--threads", min=1, max=1024, help="Of a CPU render; all by default. A record names its own."),
    ] = None,
    allow_torchscript: AllowTorchscript = False,
    trace: Annotated[
        str | None,
        typer.Option("--trace", metavar="PATH", help="Save the loss of every evaluation as CSV; or a URI."),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Save a small picture of each phase but the last beside OUT: out-1.jpg, …")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Judge the image, and print all metrics as JSON.")] = False,
) -> None:
    """Render one image. Ctrl-C stops and saves the image as it is.

    Without maps it is plain style transfer; without maps and content, texture synthesis.
    """
    check_device(device)
    files = RenderFiles(out, trace)
    columns = {"style": style, "style_map": style_map, "target_map": target_map, "content": content}
    values = parameter_values(settings or [], size, has_shape=bool(target_map or content))
    if values.setdefault("format", files.kind.name) != files.kind.name:
        raise InputError(f"--out {redact(out)}: its name says {files.kind.name}; leave out --set format")
    row = checked_row({**columns, **values, **({} if preset is None else {PRESET: preset})})
    look_at(row)
    files.try_out()
    console = Console(stderr=True)
    with RenderProgress(console) as progress:
        try:
            inputs = load(row, allow_torchscript, threads)
            for remark in inputs.remarks:
                say(console, remark)
            maps = files.save_maps(inputs)
            request, rendering = run_row(row, inputs, device, progress, files.save_preview if preview else None)
        except RenderCancelled as stopped:
            saved = files.save_image(stopped.image, row.parameters.quality)
            say(console, f"stopped; the image as it was is in {saved}")
            for problem in files.problems:
                say(console, problem)
            raise typer.Exit(STOPPED) from None
    texts = Recipe.of(row, rendering.trace[-1].phase).texts()
    saved = files.save_image(rendering.image, row.parameters.quality, texts)
    files.save_trace(rendering.trace)
    for remark in (*rendering.remarks, *([] if files.kind.has_room(texts) else [without_recipe(files.kind)])):
        say(console, remark)
    if as_json:
        made = {name: places for name, places in (("maps", maps), ("previews", files.previews)) if places}
        print(json.dumps({"image": saved, **made, **all_metrics(request, rendering, device, console)}, indent=2))
    else:
        say(console, f"saved {redact(saved)} ({summary(rendering)})")
        if maps:
            say(console, f"its maps are {' and '.join(map(redact, maps))}")
        if files.previews:
            say(console, f"its phases before are {' and '.join(map(redact, files.previews))}")
    if files.problems:
        raise StorageError("; ".join(files.problems))


def say(console: Console, line: str) -> None:
    console.print(line, highlight=False, soft_wrap=True, markup=False)


def summary(rendering: Rendering) -> str:
    metrics = rendering.metrics
    return f"{metrics['seconds']:.1f} s, {metrics['evaluations']:.0f} evaluations, loss {metrics['final_loss']:.4g}"


def load(row: Row, torchscript: bool, threads: int | None) -> Inputs:
    """Load the files that ``row`` names. Only here torch is imported, so that mistakes are told at once."""
    with uncollected():
        import torch

        from semstyle.engine.memory import keep_freed_memory
        from semstyle.manifest.inputs import load_inputs

    keep_freed_memory()
    if threads is not None:
        torch.set_num_threads(threads)
    return load_inputs(row, AllowList.trusting(), torchscript)


def run_row(
    row: Row, inputs: Inputs, device: str, progress: RenderProgress, on_phase: OnPhase | None = None
) -> tuple[Request, Rendering]:
    """Render ``row`` from its inputs."""
    with uncollected():
        from semstyle.engine import Course, Request, render_request
        from semstyle.manifest.fetched_encoder import encoder_for

    request = Request(**inputs.as_dict(), parameters=row.parameters)
    encoder = encoder_for(row.parameters, AllowList.trusting())
    progress.begin()
    course = Course(progress.step, on_phase)
    return request, render_request(request, encoder=encoder, device=chosen_device(device), course=course)


def all_metrics(request: Request, rendering: Rendering, device: str, console: Console) -> dict[str, float]:
    """Return the metrics of the rendering and of its image."""
    import torch

    from semstyle.evaluate.judged import judged, without_metrics

    rendering, problem = judged(request, rendering, torch.device(chosen_device(device)))
    if problem:
        say(console, without_metrics(problem))
    return rendering.metrics


def parameter_values(settings: list[str], size: str | None, has_shape: bool) -> dict[str, str | float]:
    """Read parameters from ``name=value`` texts and ``--size``.

    Raises:
        InputError: when a text has no ``=``, or the shape is both given and implied.
    """
    values: dict[str, str | float] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name.strip():
            raise InputError(f"--set {setting}: write it as NAME=VALUE, such as style_weight=50")
        if name.strip() in INPUT_COLUMNS:
            raise InputError(f"--set {setting}: this is an input, not a parameter; give {option_of(name.strip())}")
        if not value.strip():
            raise InputError(f"--set {setting}: there is no value after the =; give one, or leave it out")
        values[name.strip()] = value.strip()
    if size is None:
        return values
    if shape := re.fullmatch(r"(\d{1,6})[x×](\d{1,6})", size):
        width, height = map(int, shape.groups())
        if has_shape:
            raise InputError("--size WIDTHxHEIGHT: the content or target map gives the shape; give only the long side")
        if not width or not height:
            raise ParameterError("size", f"{size} has no pixels")
        return {**values, "size": str(max(width, height)), "aspect": width / height}
    if not size.isdecimal():
        raise InputError(f"--size {size}: give the long side in pixels, such as 512, or WIDTHxHEIGHT, such as 512x384")
    return {**values, "size": size}


def option_of(column: str) -> str:
    """The option that stands for a column of a manifest."""
    return f"--set {column}" if column in PARAMETER_FIELDS else f"--{column.replace('_', '-')}"


def checked_row(values: dict[str, Any]) -> Row:
    """Check the row that a manifest would hold; paths are relative to the current folder.

    Raises:
        ParameterError: also when a parameter is not known.
    """
    from semstyle.engine.parameters import Parameters

    Parameters.from_mapping({name: value for name, value in values.items() if name not in INPUT_COLUMNS})
    row = make_row(values, Position("the command line", 1), str(Path.cwd()))
    if isinstance(row, BadRow):
        raise ParameterError(option_of(row.column), row.message)
    return row


def check_device(name: str) -> None:
    if name not in {"auto", "cpu", "cuda"}:
        raise InputError(f"--device {name}: choose auto, cpu or cuda")


def check_suffix(out: Path) -> None:
    """Raise unless ``out`` is a place for an image file; raises as :class:`RenderFiles` does."""
    RenderFiles(str(out), None).try_out()


def chosen_device(name: str) -> str:
    import torch

    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("--device cuda: torch finds no usable GPU here; use --device cpu")
    return "cuda" if name != "cpu" and torch.cuda.is_available() else "cpu"
