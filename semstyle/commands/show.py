"""``semstyle show``: how an image was made."""

from __future__ import annotations

from io import BytesIO
from typing import Annotated

import typer

from semstyle.storage import one_line


def show(
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="A PNG file that semstyle has written; a path or URI.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print its inputs and all parameters as JSON.")] = False,
) -> None:
    """Print the command that makes an image again.

    It is put together from what the file says, so look at it before you run it.
    """
    from semstyle.images import MAX_BYTES, undecoded_image
    from semstyle.manifest.recipe import read_recipe
    from semstyle.storage import read_bytes, redact

    name = redact(image)
    picture = undecoded_image(BytesIO(read_bytes(image, MAX_BYTES)), name)
    recipe = read_recipe({str(key): value for key, value in picture.info.items()}, name)
    print(one_line(recipe.text() if as_json else recipe.command()))
