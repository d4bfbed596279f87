"""The page of a comparison: one file that a browser shows from the disk, without a network."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup
from PIL import Image

from semstyle.dataset.comparison.changed_images import ImageChange, read_image
from semstyle.dataset.comparison.comparison import Comparison
from semstyle.errors import InputError
from semstyle.evaluate.metrics import METRICS
from semstyle.report.templates import TEMPLATES as REPORT_TEMPLATES
from semstyle.report.templates import page_environment
from semstyle.storage import Folder, MissingObjectError, UnsuitableFileError, UriError, redact

INDEX = "index.html"
TEMPLATES = Path(__file__).parent / "templates"
THUMBNAIL = 360
"""The longest side of a picture on the page."""
QUALITY = 88


@dataclass(frozen=True)
class Shown:
    """A pair of the worst ones, with its pictures as ``data:`` URLs; None for one that cannot be read."""

    change: ImageChange
    before: str | None
    after: str | None


def write_page(comparison: Comparison, before: Folder, after: Folder, to: Folder) -> str:
    """Write ``index.html`` into the folder ``to``, with pictures and styles in it; returns where it is.

    Nothing on it is loaded from elsewhere, and its Content-Security-Policy lets nothing be.

    Raises:
        StorageError: when it cannot be written, or storage gives out.
    """
    style = "\n".join(
        path.read_text(encoding="utf-8") for path in (REPORT_TEMPLATES / "page.css", TEMPLATES / "comparison.css")
    )
    html = (
        environment()
        .get_template("comparison.html")
        .render(
            comparison=comparison,
            shown=[show(change, before, after) for change in comparison.images.worst],
            meanings={metric.name: metric for metric in METRICS},
            style=Markup(style),  # ours, and CSS has > in it
            style_digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        )
    )
    to.write(INDEX, html.encode())
    return redact(to.location(INDEX))


def environment() -> Environment:
    """Load the template; every value in it is escaped."""
    made = page_environment(TEMPLATES)
    made.filters["signed"] = signed
    return made


def signed(value: float | None) -> str:
    """Write a difference with three digits and its sign; a dash for none."""
    return "–" if value is None else "0" if value == 0 else f"{value:+.3g}"


def show(change: ImageChange, before: Folder, after: Folder) -> Shown:
    return Shown(change, thumbnail(before, change.image_before), thumbnail(after, change.image_after))


def thumbnail(folder: Folder, path: str) -> str | None:
    """Return an image, made small, as the URL of a JPEG that holds its own data; None when it is gone or damaged."""
    try:
        picture = read_image(folder, path)
    except (MissingObjectError, UriError, UnsuitableFileError, InputError):
        return None
    picture.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    file = BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
