"""``semstyle map``: make a pair of maps, look at one, check a pair."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from semstyle.commands.render import AllowTorchscript
from semstyle.engine.errors import InputError
from semstyle.engine.parameters import Parameters
from semstyle.maps.asked import DEFAULT_LABELS, Asked, default_form, parse_model
from semstyle.storage import AllowList, redact

if TYPE_CHECKING:
    from semstyle.maps import SemanticMap
    from semstyle.maps.checking import LabelCount, MapCheck

WARNED = 3

app = typer.Typer(help="Make semantic maps, look at them, and check that two belong together.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command()
def auto(
    images: Annotated[
        list[str],
        typer.Argument(metavar="STYLE… TARGET", help="Style images, and last the image to keep: paths or URIs."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to save the maps in.")],
    labels: Annotated[int | None, typer.Option(help=f"Most labels; {DEFAULT_LABELS} when not given.")] = None,
    soft: Annotated[
        bool, typer.Option("--soft", help="A channel for each label, in .npy, instead of flat colours in PNG.")
    ] = False,
    form: Annotated[str | None, typer.Option(help="hard, soft, or embedded (likely mix-ups get near colours).")] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="Label by a network: torchvision's name, NAME@URI of its weights, or the URI of ONNX or TorchScript."
        ),
    ] = None,
    allow_torchscript: AllowTorchscript = False,
    as_json: AsJson = False,
) -> None:
    """Make maps in which the same label means the same in all images; without --model nothing is downloaded."""
    if len(images) < 2:
        raise InputError("map auto takes at least two images: STYLE and TARGET")
    asked = asked_by(labels, "soft" if soft and form is None else form, model)
    if soft and asked.form != "soft":
        raise InputError(f"--soft and --form {asked.form}: give one of them")
    paths = save_all(images, asked, out, allow_torchscript)
    if as_json:
        print(json.dumps({"maps": paths, "asked": redact(str(asked))}))
    else:
        for path in paths:
            print(path)


def asked_by(labels: int | None, form: str | None, model: str | None) -> Asked:
    if model is None:
        return Asked(labels=DEFAULT_LABELS if labels is None else labels, form=form or default_form(None))
    if labels is not None:
        raise InputError("--labels and --model: a network has labels of its own; give one of them")
    parsed = parse_model(model)
    return Asked(model=parsed, form=form or default_form(parsed)).resolved(str(Path.cwd()))


def save_all(images: list[str], asked: Asked, out: Path, torchscript: bool) -> list[str]:
    from semstyle.maps.making import make_maps

    *styles, target = [read(image) for image in images]
    made = make_maps(styles, target, asked, AllowList.trusting(), torchscript)
    out.mkdir(parents=True, exist_ok=True)
    paths = {out / name: content for name, content in made.files().items()}
    for path, content in paths.items():
        path.write_bytes(content)
    return [str(path) for path in paths]


def read(uri: str) -> Any:
    from semstyle.manifest.inputs import read_image

    return read_image(uri, AllowList.trusting())


def read_maps(uris: list[str]) -> list[SemanticMap]:
    from semstyle.manifest.inputs import read_semantic_map

    return [read_semantic_map(uri, AllowList.trusting()) for uri in uris]


@app.command()
def preview(
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="The image: a path or URI.")],
    semantic_map: Annotated[str, typer.Argument(metavar="MAP", help="Its map.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to save the picture.")],
) -> None:
    """Draw a map over its image: colours, outlines, and a legend with shares."""
    from semstyle.commands.render import check_suffix
    from semstyle.engine.rendering import Rendering
    from semstyle.maps import check_aspect
    from semstyle.maps.labels import find_labels
    from semstyle.maps.preview import preview as draw

    check_suffix(out)
    pixels = read(image)
    (read_map,) = read_maps([semantic_map])
    check_aspect(read_map, pixels, image)
    draw(Rendering(pixels, []).to_pil(), find_labels([read_map])).save(out)
    print(out)


@app.command()
def check(
    maps: Annotated[
        list[str], typer.Argument(metavar="STYLE_MAP… TARGET_MAP", help="The styles' maps, and last the target's.")
    ],
    style: Annotated[
        list[str] | None, typer.Option("--style", help="The style image, one for each STYLE_MAP; bounds its patches.")
    ] = None,
    size: Annotated[int, typer.Option(help="Long side of the output in pixels.")] = Parameters().size,
    style_layers: Annotated[str, typer.Option(help="Layers whose patches are matched.")] = Parameters().as_dict()[
        "style_layers"
    ],
    as_json: AsJson = False,
) -> None:
    """Warn of labels that the style lacks or has too little of, of colours too near, and of blurred ones.

    Exit code 0 when all is well, 3 with warnings, 2 when the maps cannot be used together.
    """
    if len(maps) < 2:
        raise InputError("map check takes at least two maps: STYLE_MAP and TARGET_MAP")
    if style and len(style) != len(maps) - 1:
        raise InputError(f"--style: {len(style)} images for {len(maps) - 1} style maps; give each its own, or none")
    found = checked(maps, style, Parameters.from_mapping({"size": size, "style_layers": style_layers}))
    if as_json:
        print(json.dumps(document(found), indent=2))
    else:
        show(found)
    if found.warnings:
        raise typer.Exit(WARNED)


def checked(maps: list[str], styles: list[str] | None, parameters: Parameters) -> MapCheck:
    from semstyle.maps import SemanticMap, check_aspect, pair
    from semstyle.maps.checking import check_maps

    read_all = read_maps(maps)
    style_values, target = pair(read_all[:-1], read_all[-1])
    *style_maps, target_map = [
        SemanticMap(values, one.channels[: len(values)] if one.channels != "npy" else "npy", one.name)
        for one, values in zip(read_all, (*style_values, target), strict=True)
    ]
    images = [read(uri) for uri in styles] if styles else None
    for one, image, uri in zip(style_maps, images or [], styles or [], strict=False):
        check_aspect(one, image, uri)
    return check_maps(style_maps, target_map, parameters, images)


def document(found: MapCheck) -> dict[str, Any]:
    labels = [
        {**dataclasses.asdict(count), "repeats": count.repeats if math.isfinite(count.repeats) else None}
        for count in found.labels
    ]
    return {"labels": labels, "warnings": [{"kind": one.kind, "message": one.message} for one in found.warnings]}


def show(found: MapCheck) -> None:
    """A table on a terminal, plain lines elsewhere; the warnings on stderr."""
    console = Console(highlight=False)
    if console.is_terminal:
        console.print(table_of(found.labels))
    else:
        for count in found.labels:
            print(line_of(count))
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    for warning in found.warnings:
        errors.print(f"[yellow]{warning.kind}[/yellow]: {escape(warning.message)}")
    if not found.warnings:
        print("the maps belong together")


def line_of(count: LabelCount) -> str:
    patches = ", ".join(
        f"{count.style_patches[layer]:,} for {need:,} patches at {layer}"
        for layer, need in count.target_patches.items()
    )
    return f"{count.label}: {count.style_share:.1%} of the style, {count.target_share:.1%} of the target, {patches}"


def table_of(counts: tuple[LabelCount, ...]) -> Table:
    layers = list(counts[0].style_patches)
    table = Table("label", "style", "target", *(f"patches at {layer}: style / target" for layer in layers))
    for count in counts:
        swatch = f"[on {count.label[:7]}]  [/] " if count.label.startswith("#") and len(count.label) >= 7 else ""
        patches = (f"{count.style_patches[layer]:,} / {count.target_patches[layer]:,}" for layer in layers)
        table.add_row(
            f"{swatch}{escape(count.label)}", f"{count.style_share:.1%}", f"{count.target_share:.1%}", *patches
        )
    return table
