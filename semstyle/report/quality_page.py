"""The page that compares renders of before and now: their pictures and their metrics, as Markdown."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from semstyle.errors import InputError
from semstyle.farm.output.layout import finished_ids
from semstyle.report.comparison import MADE, SCENE, SceneComparison, comparisons_of, means_of
from semstyle.report.quality_picture import encode_jpeg, scene_picture
from semstyle.report.results import COLUMNS, read_results
from semstyle.report.templates import page_environment
from semstyle.report.window import Window
from semstyle.storage import Folder, parent, redact, resolve

READ = (*COLUMNS, "style_map", "height", "width", "metrics", "render_seconds", "device", "semstyle_version")
TEMPLATE = "quality.md"
PICTURES = "pictures"
LONGEST_NAME = 40
METRICS_PAGE = "metrics.md"


@dataclass(frozen=True)
class Section:
    """What the page shows of one scene.

    Attributes:
        picture: The picture's path from the page's folder.
        window: Where both renders are shown pixel for pixel.
    """

    comparison: SceneComparison
    picture: str
    window: Window


def write_quality_page(
    folder: Folder, page_uri: str, render_ids: Collection[str] | None = None, credit: str = ""
) -> str:
    """Write the page of a run, and a picture of each scene into ``pictures/`` beside it; returns where the page is.

    Every number is from the run's records.

    Args:
        render_ids: The renders to look at; all of the run by default.
        credit: Whose pictures these are, in Markdown.

    Raises:
        StorageError: when the run cannot be read, or the page not written.
        InputError: when no scene was rendered before and now, or one only in part.
    """
    finished = set(finished_ids(folder))
    wanted = finished if render_ids is None else finished & set(render_ids)
    comparisons = comparisons_of(read_results(folder, READ, wanted))
    if not comparisons:
        raise InputError(f"{redact(folder.uri)}: no render here is tagged {SCENE} and {MADE}; nothing to compare")
    page_uri = resolve(page_uri, str(Path.cwd()))
    beside, name = Folder(parent(page_uri)), page_uri.rpartition("/")[2]
    names = picture_names([one.scene for one in comparisons])
    sections = [write_picture(folder, beside, *pair) for pair in zip(comparisons, names, strict=True)]
    text = (
        page_environment()
        .get_template(TEMPLATE)
        .render(
            sections=sections,
            means=means_of(comparisons),
            credit=credit,
            is_in_docs=beside.exists(METRICS_PAGE),
            devices=told(comparisons, "device"),
            versions=told(comparisons, "semstyle_version"),
        )
    )
    beside.write(name, f"{text.rstrip()}\n".encode())
    return redact(page_uri)


def write_picture(folder: Folder, beside: Folder, comparison: SceneComparison, name: str) -> Section:
    picture, window = scene_picture(folder, comparison)
    path = f"{PICTURES}/{name}"
    beside.write(path, encode_jpeg(picture))
    return Section(comparison, path, window)


def picture_names(scenes: Collection[str]) -> list[str]:
    """Return a file's name for each scene, of plain letters; a number tells those apart that would be the same."""
    names: list[str] = []
    for number, scene in enumerate(scenes, 1):
        plain = re.sub(r"[^a-z0-9]+", "_", scene.lower())[:LONGEST_NAME].strip("_")
        name = f"quality_{plain or number}.jpg"
        names.append(f"quality_{plain}_{number}.jpg" if name in names else name)
    return names


def told(comparisons: Collection[SceneComparison], column: str) -> str:
    """Return what the renders have in a column of text, each once."""
    found = {str(result[column]) for one in comparisons for result in (one.before, one.now) if result[column]}
    return ", ".join(sorted(found)) or "–"
