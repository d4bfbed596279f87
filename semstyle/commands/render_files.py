"""Writing the files of a single render: its image, maps that were made for it, and its trace as CSV."""

from __future__ import annotations

import csv
import io
import posixpath
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from semstyle.commands.destination import Destination
from semstyle.errors import InputError
from semstyle.storage import redact

if TYPE_CHECKING:
    from torch import Tensor

    from semstyle.engine import Evaluation
    from semstyle.manifest.inputs import Inputs

KINDS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
QUALITY = 95
"""The quality of JPEG and WebP."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class RenderFiles:
    """Writes the files to their places.

    Attributes:
        problems: A line for each file that could not be written to its place, with where it is instead.

    Args:
        out: The path or URI of the image.
        trace: The path or URI of the trace, or None.

    Raises:
        InputError: when these cannot be files of such kinds.
    """

    def __init__(self, out: str, trace: str | None) -> None:
        self._stem, self._kind = posixpath.splitext(out)[0], kind_of(out)
        self._image = Destination("--out", out)
        self._trace = None if trace is None else Destination("--trace", trace)
        if self._trace is not None and self._trace.is_same_as(self._image):
            raise InputError(f"--trace {redact(trace or '')}: this is the image's place; name another file")
        self.problems: list[str] = []

    def try_out(self) -> None:
        """Make sure that image and trace can be written; raises as :meth:`Destination.try_out`."""
        self._image.try_out()
        if self._trace is not None:
            self._trace.try_out()

    def save_maps(self, inputs: Inputs) -> list[str]:
        """Save the maps that were made, if any, beside the image; returns where, such as ``out.style_map.png``."""
        files = inputs.made.files() if inputs.made else {}
        return [self._save(Destination("map", f"{self._stem}.{name}"), content) for name, content in files.items()]

    def save_image(self, image: Any, recipe: str = "") -> str:
        """Save ``image`` (3, H, W) in 0..1, a PNG file with the ``recipe`` that made it; returns where."""
        return self._save(self._image, encoded(image, self._kind, recipe))

    def save_trace(self, trace: Sequence[Evaluation]) -> None:
        if self._trace is not None:
            self._save(self._trace, as_csv([step.as_dict() for step in trace]).encode())

    def _save(self, destination: Destination, content: bytes) -> str:
        place, problem = destination.write(content)
        if problem:
            self.problems.append(problem)
        return place


def kind_of(out: str) -> str:
    """Return the kind of image file that the name of ``out`` stands for; raises :class:`InputError` when it is none."""
    kind = KINDS.get(posixpath.splitext(out)[1].lower())
    if kind is None:
        raise InputError(f"--out {redact(out) or repr(out)}: use a name that ends in .png, .jpg or .webp")
    return kind


def encoded(image: Tensor, kind: str, recipe: str = "") -> bytes:
    """Return ``image`` (3, H, W) in 0..1 as the bytes of a file."""
    from semstyle.engine.rendering import Rendering
    from semstyle.images import encode_png
    from semstyle.manifest.recipe import RECIPE_KEY

    picture = Rendering(image, []).to_pil()
    if kind == "PNG":
        return encode_png(picture, {RECIPE_KEY: recipe} if recipe else {})
    file = BytesIO()
    picture.save(file, kind, quality=QUALITY)
    return file.getvalue()


def as_csv(rows: list[dict[str, Any]]) -> str:
    """Write ``rows`` under their names. Text that a spreadsheet would take for a formula begins with an apostrophe."""
    text = io.StringIO()
    lines = [rows[0], *(row.values() for row in rows)]
    csv.writer(text).writerows(map(csv_cell, line) for line in lines)
    return text.getvalue()


def csv_cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
