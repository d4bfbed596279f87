"""Writing the files of a single render: its image, maps that were made for it, and its trace as CSV."""

from __future__ import annotations

import csv
import io
import posixpath
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from semstyle.commands.destination import Destination
from semstyle.errors import InputError
from semstyle.image_formats import JPEG, PNG, WEBP, ImageFormat, encode_image
from semstyle.storage import redact

if TYPE_CHECKING:
    from semstyle.engine import Checkpoint, Evaluation
    from semstyle.manifest.inputs import Inputs

KINDS = {".png": PNG, ".jpg": JPEG, ".jpeg": JPEG, ".webp": WEBP}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class RenderFiles:
    """Writes the files to their places.

    Attributes:
        kind: The image's format, by its name.
        problems: A line for each file that could not be written to its place, with where it is instead.
        previews: The paths or URIs of the previews that were saved.

    Args:
        out: The path or URI of the image.
        trace: The path or URI of the trace, or None.

    Raises:
        InputError: when these cannot be files of such kinds.
    """

    def __init__(self, out: str, trace: str | None) -> None:
        self._stem, self.kind = posixpath.splitext(out)[0], kind_of(out)
        self._image = Destination("--out", out)
        self._trace = None if trace is None else Destination("--trace", trace)
        if self._trace is not None and self._trace.is_same_as(self._image):
            raise InputError(f"--trace {redact(trace or '')}: this is the image's place; name another file")
        self.problems: list[str] = []
        self.previews: list[str] = []

    def try_out(self) -> None:
        """Make sure that image and trace can be written; raises as :meth:`Destination.try_out`."""
        self._image.try_out()
        if self._trace is not None:
            self._trace.try_out()

    def save_maps(self, inputs: Inputs) -> list[str]:
        """Save the maps that were made, if any, beside the image; returns where, such as ``out.style_map.png``."""
        files = inputs.made.files() if inputs.made else {}
        return [self._save(Destination("map", f"{self._stem}.{name}"), content) for name, content in files.items()]

    def save_image(self, image: Any, quality: int | None, texts: Mapping[str, str] = MappingProxyType({})) -> str:
        """Save ``image`` (3, H, W) in 0..1, with ``texts`` in its file if they have room there; returns where."""
        from semstyle.engine.rendering import Rendering

        return self._save(self._image, encode_image(Rendering(image, []).to_pil(), self.kind, quality, texts))

    def save_trace(self, trace: Sequence[Evaluation]) -> None:
        if self._trace is not None:
            self._save(self._trace, as_csv([step.as_dict() for step in trace]).encode())

    def save_preview(self, checkpoint: Checkpoint) -> None:
        """Save a small picture of a phase beside the image, such as ``out-1.jpg``; what cannot be saved is left out."""
        from semstyle.engine.rendering import Rendering
        from semstyle.images import preview_of

        place = f"{self._stem}-{checkpoint.phase}.jpg"
        if Destination("preview", place).offer(preview_of(Rendering(checkpoint.image, []).to_pil())):
            self.previews.append(place)

    def _save(self, destination: Destination, content: bytes) -> str:
        place, problem = destination.write(content)
        if problem:
            self.problems.append(problem)
        return place


def kind_of(out: str) -> ImageFormat:
    """Return the format that the name of ``out`` stands for; raises :class:`InputError` when it is none."""
    kind = KINDS.get(posixpath.splitext(out)[1].lower())
    if kind is None:
        raise InputError(f"--out {redact(out) or repr(out)}: use a name that ends in .png, .jpg or .webp")
    return kind


def as_csv(rows: list[dict[str, Any]]) -> str:
    """Write ``rows`` under their names. Text that a spreadsheet would take for a formula begins with an apostrophe."""
    text = io.StringIO()
    lines = [rows[0], *(row.values() for row in rows)]
    csv.writer(text).writerows(map(csv_cell, line) for line in lines)
    return text.getvalue()


def csv_cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
