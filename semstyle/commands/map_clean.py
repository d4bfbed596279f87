"""``semstyle map clean``: a blurred map in flat colours again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from semstyle.commands.map_files import AsJson, read_maps, written
from semstyle.errors import InputError

if TYPE_CHECKING:
    from semstyle.maps.painted.cleaning import CleanMap


def clean(
    semantic_map: Annotated[str, typer.Argument(metavar="MAP", help="The map to clean: a path or URI.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to save it: .png.")],
    like: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OTHER", help="Take the colours of this map; repeat for more. Without, MAP's own main ones."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give every pixel of a painted map one flat colour, as before JPEG, soft brushes or scaling blurred it.

    What lies between two labels goes to the one it has more of. The map keeps its size.
    """
    from semstyle.images import encode_png
    from semstyle.maps.painted.cleaning import clean_map

    check_out(out)
    read_map, *others = read_maps([semantic_map, *(like or [])])
    made = clean_map(read_map, others)
    with written(out):
        out.write_bytes(encode_png(made.image))
    if as_json:
        print(json.dumps(document(made, out), indent=2))
    else:
        show(made, out, [one.name for one in others])


def check_out(out: Path) -> None:
    if out.suffix.lower() != ".png":
        raise InputError(f"--out {out}: a map is saved as PNG; use a name that ends in .png")
    if not out.parent.is_dir():
        raise InputError(f"--out {out}: there is no folder {out.parent}; make it first")


def document(made: CleanMap, out: Path) -> dict[str, Any]:
    return {
        "map": str(out),
        "changed": made.changed,
        "recolored": made.recolored,
        "labels": [{"label": label, "share": share} for label, share in made.shares.items()],
        "gone": [{"label": one.label, "share": one.part, "became": one.became} for one in made.gone],
    }


def show(made: CleanMap, out: Path, like: list[str]) -> None:
    """Print the labels and what was done, and on stderr the labels that are gone."""
    for label, share in made.shares.items():
        print(f"{label}: {share:.1%}")
    count = len(made.shares)
    print(
        f"saved {out}: {count} {'label' if count == 1 else 'labels'}, {made.changed:.1%} of the pixels changed, "
        f"{made.recolored:.1%} by more than a shade"
    )
    errors = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    for one in made.gone:
        errors.print(
            f"{one.label}, {one.part:.1%} of the map, is like no colour of {' or '.join(like)} and became "
            f"{one.became}; if it is a label of its own, leave out --like"
        )
