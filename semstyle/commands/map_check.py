"""``semstyle map check``: what two maps would make of a render."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from semstyle.commands.map_files import AsJson, read, read_maps
from semstyle.engine.parameters import Parameters
from semstyle.errors import InputError

if TYPE_CHECKING:
    from semstyle.maps.painted.checking import LabelCount, MapCheck

WARNED = 3


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
    """Warn of blurred maps, of colours that differ a little or too little, and of labels that the style lacks.

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
    from semstyle.maps import check_aspect, pair
    from semstyle.maps.painted.checking import check_maps
    from semstyle.maps.pairing import without_idle_alpha

    read_all = read_maps(maps)
    pair(read_all[:-1], read_all[-1])
    *style_maps, target_map = without_idle_alpha(read_all)
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
    """Print a table on a terminal, plain lines elsewhere, and the warnings on stderr."""
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
    table = Table(
        Column("label", overflow="fold"),
        "style",
        "target",
        *(f"patches at {layer}: style / target" for layer in layers),
    )
    for count in counts:
        swatch = f"[on {count.label[:7]}]  [/] " if count.label.startswith("#") and len(count.label) >= 7 else ""
        patches = (f"{count.style_patches[layer]:,} / {count.target_patches[layer]:,}" for layer in layers)
        table.add_row(
            f"{swatch}{escape(count.label)}", f"{count.style_share:.1%}", f"{count.target_share:.1%}", *patches
        )
    return table
