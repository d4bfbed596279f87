"""One picture of a run: its images side by side, each group of a manifest's grid in rows and columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from PIL import Image, ImageDraw, ImageFont, ImageOps

from semstyle.engine.errors import InputError
from semstyle.farm.layout import image_path
from semstyle.images import encode_png, open_image
from semstyle.report.results import read_results
from semstyle.report.varying import INPUTS, PARAMETERS, Result, caption, sort_key, tags_of, varying
from semstyle.storage import Folder, StorageError, redact

MOST_IMAGES = 100
MOST_COLUMNS = 6
WIDTH = 1100
LARGEST_CELL = 480
GAP = 12
LINE = 18
TEXT, TITLE = 13, 16
INK, PAPER, FAINT = "#1d1d1f", "#ffffff", "#6e6e73"


def contact_sheet(out_uri: str, limit: int = MOST_IMAGES) -> bytes:
    """A PNG of the first ``limit`` results of an aggregated run, with what tells them apart below each image.

    Results with the same tags make a group; those alone with theirs stand together. An image that cannot be read is
    left blank.

    Raises:
        StorageError: when ``results/`` cannot be read.
    """
    folder = Folder(out_uri)
    results = list(islice(read_results(folder), limit + 1))
    groups = list(grouped(results[:limit]))
    strips = [strip(folder, title, group) for title, group in groups if len(group) > 1]
    if alone := [(title, group[0]) for title, group in groups if len(group) == 1]:
        strips.insert(0, strip_of_singles(folder, alone))
    if not results:
        strips.append(text_strip("no images", FAINT, TEXT))
    elif len(results) > limit:
        strips.append(
            text_strip(f"the first {limit} images; more are in {redact(folder.location('images'))}", FAINT, TEXT)
        )
    return encode_png(stacked(strips))


def grouped(results: Iterable[Result]) -> Iterator[tuple[str, list[Result]]]:
    """(title, results) for each set of tags."""
    by_tags: dict[tuple[tuple[str, str], ...], list[Result]] = {}
    for result in results:
        by_tags.setdefault(tags_of(result), []).append(result)
    for tags in sorted(by_tags):
        yield ", ".join(f"{name}: {value}" for name, value in tags), by_tags[tags]


def strip(folder: Folder, title: str, results: list[Result]) -> Image.Image:
    """A group's images in the order of what varies in it, under their title."""
    told_apart_by = varying(results, (*INPUTS, *PARAMETERS))
    results = sorted(results, key=lambda result: (*sort_key(result, told_apart_by), result["render_id"]))
    columns = columns_for(results, told_apart_by)
    cells = [cell(folder, result, caption(result, told_apart_by), side_for(columns)) for result in results]
    rows = in_rows(cells, columns)
    return stacked([text_strip(title, INK, TITLE), *rows] if title else rows)


def strip_of_singles(folder: Folder, titled: Sequence[tuple[str, Result]]) -> Image.Image:
    """One image of each group, each with its group's title."""
    columns = math.ceil(math.sqrt(len(titled)))
    cells = [cell(folder, result, [title] if title else [], side_for(columns)) for title, result in titled]
    return stacked(in_rows(cells, columns))


def side_for(columns: int) -> int:
    return min(LARGEST_CELL, (WIDTH - GAP) // columns - GAP)


def in_rows(cells: Sequence[Image.Image], columns: int) -> list[Image.Image]:
    return [side_by_side(cells[start : start + columns]) for start in range(0, len(cells), columns)]


def columns_for(results: Sequence[Result], told_apart_by: Sequence[str]) -> int:
    """Images in a row: the values of what varies fastest if they make a full grid, else about a square."""
    if told_apart_by:
        values = len({result[told_apart_by[-1]] for result in results})
        if values <= MOST_COLUMNS and len(results) % values == 0:
            return values
    return min(MOST_COLUMNS, math.ceil(math.sqrt(len(results))))


def cell(folder: Folder, result: Result, lines: Sequence[str], side: int) -> Image.Image:
    """An image, at most ``side`` × ``side``, with its caption below."""
    lines = lines or [f"id {result['render_id']}"]
    picture = read_picture(folder, result, side)
    canvas = Image.new("RGB", (side, picture.height + 4 + LINE * len(lines)), PAPER)
    canvas.paste(picture, (0, 0))
    draw = ImageDraw.Draw(canvas)
    for number, text in enumerate(lines):
        draw.text((0, picture.height + 4 + LINE * number), text, FAINT, font(TEXT))
    return canvas


def read_picture(folder: Folder, result: Result, side: int) -> Image.Image:
    path = image_path(result["render_id"])
    try:
        image = open_image(folder.read(path), path).convert("RGB")
    except (StorageError, InputError):
        return Image.new("RGB", (side, side), FAINT)
    return ImageOps.contain(image, (side, side), Image.Resampling.LANCZOS)


def text_strip(text: str, color: str, size: int) -> Image.Image:
    canvas = Image.new("RGB", (WIDTH - 2 * GAP, size + 8), PAPER)
    ImageDraw.Draw(canvas).text((0, 0), text, color, font(size))
    return canvas


def side_by_side(images: Sequence[Image.Image]) -> Image.Image:
    width = sum(image.width for image in images) + GAP * (len(images) - 1)
    canvas = Image.new("RGB", (width, max(image.height for image in images)), PAPER)
    left = 0
    for image in images:
        canvas.paste(image, (left, 0))
        left += image.width + GAP
    return canvas


def stacked(images: Sequence[Image.Image]) -> Image.Image:
    """Images below one another, with a margin around and between them; text is cut at the widest image."""
    width = max(image.width for image in images) + 2 * GAP
    canvas = Image.new("RGB", (width, sum(image.height + GAP for image in images) + GAP), PAPER)
    top = GAP
    for image in images:
        canvas.paste(image, (GAP, top))
        top += image.height + GAP
    return canvas


def font(size: int) -> Any:
    return ImageFont.load_default(size)
