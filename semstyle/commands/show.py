"""``semstyle show``: an image, and how it was made."""

from __future__ import annotations

import sys
from io import BytesIO
from typing import Annotated

import typer
from rich.console import Console

from semstyle.errors import InputError
from semstyle.storage import one_line


def show(
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="An image that semstyle has written; a path or URI.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print its inputs and all parameters as JSON.")] = False,
    draw: Annotated[
        bool | None,
        typer.Option(help="Draw it first; by default on a terminal with colours, and not with --json."),
    ] = None,
) -> None:
    """Draw an image, and print the command that makes it again.

    It is drawn in the terminal's own graphics (kitty, iTerm2, sixel), else with half blocks. The command is put
    together from what the file says, so look at it before you run it.
    """
    from semstyle.image_formats import read_texts
    from semstyle.images import MAX_BYTES, undecoded_image
    from semstyle.manifest.recipe import read_recipe
    from semstyle.storage import read_bytes, redact

    name, content = redact(image), read_bytes(image, MAX_BYTES)
    recipe = read_recipe(read_texts(undecoded_image(BytesIO(content), name)), name)
    console = drawing_console(draw)
    if draw or (draw is None and not as_json and draws_by_default(console)):
        draw_file(content, name, console)
    print(one_line(recipe.text() if as_json else recipe.command()))


def drawing_console(draw: bool | None) -> Console:
    """Return the console to draw on; where it is no terminal, or NO_COLOR is set, ``draw`` asks for colours anyway."""
    if not draw:
        return Console()
    plain = Console(no_color=False)
    return plain if plain.color_system else Console(no_color=False, color_system="truecolor")


def draws_by_default(console: Console) -> bool:
    has_colours = bool(console.color_system) and not console.no_color
    return console.is_terminal and not console.is_dumb_terminal and has_colours and console.encoding.startswith("utf")


def draw_file(content: bytes, name: str, console: Console) -> None:
    """Draw an image file; one whose pixels are damaged is told of, as the command is not the worse for it."""
    from semstyle.commands.drawing.drawing import draw
    from semstyle.images import open_image

    try:
        picture = open_image(content, name)
    except InputError as error:
        print(f"semstyle: {one_line(str(error))}", file=sys.stderr)
        return
    draw(picture, console)
