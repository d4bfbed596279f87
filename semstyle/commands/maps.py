"""``semstyle map``: make a pair of maps, look at one, check a pair, clean one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from semstyle.commands.map_check import check
from semstyle.commands.map_clean import clean
from semstyle.commands.map_files import AsJson, read, read_maps, written
from semstyle.commands.output_folder import check_folder
from semstyle.commands.render import AllowTorchscript
from semstyle.errors import InputError
from semstyle.maps.asked import DEFAULT_LABELS, Asked, default_form, parse_model
from semstyle.storage import AllowList, redact

app = typer.Typer(
    help="Make semantic maps, look at them, check that two belong together, and clean them.", no_args_is_help=True
)


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
    check_folder("--out", str(out))
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
    paths = {out / name: content for name, content in made.files().items()}
    with written(out):
        out.mkdir(parents=True, exist_ok=True)
        for path, content in paths.items():
            path.write_bytes(content)
    return [str(path) for path in paths]


@app.command()
def preview(
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="The image: a path or URI.")],
    semantic_map: Annotated[str, typer.Argument(metavar="MAP", help="The image's map.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to save the picture.")],
) -> None:
    """Draw a map over its image: colours, outlines, and a legend with shares."""
    from semstyle.commands.render import check_suffix
    from semstyle.engine.rendering import Rendering
    from semstyle.maps import check_aspect
    from semstyle.maps.painted.labels import find_labels
    from semstyle.maps.preview import preview as draw

    check_suffix(out)
    pixels = read(image)
    (read_map,) = read_maps([semantic_map])
    check_aspect(read_map, pixels, image)
    drawn = draw(Rendering(pixels, []).to_pil(), find_labels([read_map]))
    with written(out):
        drawn.save(out)
    print(out)


app.command()(check)
app.command()(clean)
