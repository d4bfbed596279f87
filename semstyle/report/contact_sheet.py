"""Pictures of a run: its images side by side, each group of a manifest's grid in rows and columns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from PIL import Image

from semstyle.errors import InputError
from semstyle.farm.many_at_once import in_order
from semstyle.farm.output.layout import contact_sheet_path, contact_sheets, finished_ids, recorded_image
from semstyle.images import encode_png, open_image
from semstyle.report.lettering import PAPER, text_image
from semstyle.report.order import PLACE, First, in_manifest_order
from semstyle.report.results import read_results
from semstyle.report.sheets import MOST_IMAGES, Members, SheetsPlan, planned, size_of
from semstyle.report.varying import INPUTS, PARAMETERS, Result, Tags, caption, tags_of, varying
from semstyle.storage import Folder, StorageError, redact

MOST_COLUMNS = 6
LONGEST_ROW = 4
"""So many images, if there are no more, stand in one row."""
LONGEST_GRID = 8
"""Most rows of a grid with one round of values in each; in a longer grid each row gets several rounds."""
WIDTH = 1100
NARROWEST = 560
LARGEST_CELL, SMALLEST_CELL = 480, 150
GAP = 12
TEXT, TITLE, NAME = 13, 16, 22
INK, FAINT, MISSING = "#1d1d1f", "#6e6e73", "#d2d2d7"
READERS = 8


def write_contact_sheets(out_uri: str, to: Folder | None = None, limit: int = MOST_IMAGES) -> list[str]:
    """Draw a run's contact sheets and remove older ones; returns their paths, ``report/contact_sheet.png`` first.

    Results with the same tags make a group; groups, and the results in them, stand in the order of the manifest. All
    are on one sheet if they are no more than ``limit``. Otherwise each group has a sheet, small groups share some, and
    each sheet says what it leaves out. No image is enlarged; one that cannot be read is a grey square.

    Args:
        to: Where ``report/`` is to be; the run's own folder by default.

    Raises:
        StorageError: when the run cannot be read, or a sheet not written.
    """
    folder = Folder(out_uri)
    target = to or folder
    written = []
    for number, sheet in enumerate(drawn_sheets(folder, limit), 1):
        written.append(contact_sheet_path(number))
        target.write(written[-1], encode_png(sheet))
    for path in set(contact_sheets(target)) - set(written):
        target.delete(path)
    return written


def drawn_sheets(folder: Folder, limit: int) -> Iterator[Image.Image]:
    """Yield the sheets one after another, so that only one is in memory."""
    finished = frozenset(finished_ids(folder))
    plan = planned(read_results(folder, ("render_id", "tags", *PLACE), finished), limit)
    shown = {group.tags: First(limit) for sheet in plan.sheets for group in sheet}
    for result in read_results(folder, finished=finished):
        if kept := shown.get(tags_of(result)):
            kept.add(result)
    results = {tags: kept.in_order for tags, kept in shown.items()}
    name = redact(folder.uri).rstrip("/").rpartition("/")[2]
    for number in range(len(plan.sheets)):
        yield drawn(folder, name, plan, number, results)


def drawn(folder: Folder, name: str, plan: SheetsPlan, number: int, results: dict[Tags, list[Result]]) -> Image.Image:
    """Draw sheet ``number``, counted from 0."""
    pieces: list[tuple[str, Image.Image | None]] = []
    for is_single, groups in groupby(plan.sheets[number], lambda group: group.count == 1):
        if is_single:
            pieces.append(("", strip_of_singles(folder, [(group, results[group.tags]) for group in groups])))
            continue
        for group in groups:
            title = group_title(group, plan) if group.tags or len(plan.groups) > 1 else ""
            pieces.append((title, strip(folder, results[group.tags])))
    width = max([NARROWEST, *(image.width for _, image in pieces if image is not None)])
    of = f", sheet {number + 1} of {len(plan.sheets)}" if len(plan.sheets) > 1 else ""
    parts = [text_image(f"{name}{of}", width, INK, NAME, 2), text_image(plan.heading(number), width, INK, TEXT)]
    for title, image in pieces:
        parts += [text_image(title, width, INK, TITLE)] if title else []
        parts += [image] if image is not None else []
    return stacked(parts)


def group_title(group: Members, plan: SheetsPlan) -> str:
    return f"{group.title} ({size_of(min(group.count, plan.limit), group.count)})"


def strip(folder: Folder, results: Sequence[Result]) -> Image.Image | None:
    """Draw a group's images, each with what tells it apart below."""
    columns = varying(results, (*INPUTS, *PARAMETERS))
    ordered = in_manifest_order(results, columns)
    captions = [caption(result, columns) or [f"id {result['render_id']}"] for result in ordered]
    return table_of(folder, ordered, captions, columns_for(ordered, columns))


def strip_of_singles(folder: Folder, groups: Sequence[tuple[Members, Sequence[Result]]]) -> Image.Image | None:
    """Draw groups of a single image each, with the group's tags below."""
    alone = [(group, results[0]) for group, results in groups if results]
    captions = [[group.title] if group.tags else [f"id {result['render_id']}"] for group, result in alone]
    columns = min(MOST_COLUMNS, math.ceil(math.sqrt(len(alone))))
    return table_of(folder, [result for _, result in alone], captions, columns)


def table_of(
    folder: Folder, results: Sequence[Result], captions: Sequence[Sequence[str]], columns: int
) -> Image.Image | None:
    """Draw images in rows, in cells as wide as the widest image needs; None when there are no images."""
    if not results:
        return None
    most = min(LARGEST_CELL, (WIDTH - GAP) // columns - GAP)
    pictures = list(read_pictures(folder, results, most))
    side = max([min(most, SMALLEST_CELL), *(picture.width for picture in pictures if picture is not None)])
    cells = [cell(picture, lines, side) for picture, lines in zip(pictures, captions, strict=True)]
    rows = [side_by_side(cells[start : start + columns]) for start in range(0, len(cells), columns)]
    return stacked(rows, margin=0)


def read_pictures(folder: Folder, results: Sequence[Result], most: int) -> Iterator[Image.Image | None]:
    """Yield each image, made smaller if it is larger than ``most``; None for one that cannot be read."""
    paths = list(map(recorded_image, results))

    def read(path: str) -> bytes | None:
        try:
            return folder.read(path)
        except StorageError:
            return None

    for path, data in zip(paths, in_order(read, paths, READERS), strict=True):
        try:
            picture = open_image(data, path).convert("RGB") if data is not None else None
        except InputError:
            picture = None
        if picture is not None:
            picture.thumbnail((most, most), Image.Resampling.LANCZOS)
        yield picture


def cell(picture: Image.Image | None, captions: Sequence[str], side: int) -> Image.Image:
    """Draw an image with its captions below, on paper ``side`` pixels wide."""
    lines = [text_image(text, side, FAINT, TEXT) for text in captions]
    if picture is None:
        picture = Image.new("RGB", (min(side, SMALLEST_CELL),) * 2, MISSING)
        lines.append(text_image("the image cannot be read", side, INK, TEXT))
    canvas = Image.new("RGB", (side, picture.height + 4 + sum(line.height for line in lines)), PAPER)
    canvas.paste(picture, (0, 0))
    top = picture.height + 4
    for line in lines:
        canvas.paste(line, (0, top))
        top += line.height
    return canvas


def columns_for(results: Sequence[Result], told_apart_by: Sequence[str]) -> int:
    """Choose how many images stand in a row: one round of a column's values, or several where one would make many rows.

    Where no column goes round, the images make about a square.
    """
    square = min(MOST_COLUMNS, math.ceil(math.sqrt(len(results))))
    rounds = [round_of([result[column] for result in results]) for column in told_apart_by]
    length = max((length for length in rounds if length <= MOST_COLUMNS), default=0)
    if not length or LONGEST_ROW < length == len(results):
        return square
    return length * max(1, square // length) if len(results) > LONGEST_GRID * length else length


def round_of(values: Sequence[object]) -> int:
    """Return after how many different values ``values`` begin again and again, in the same order; 0 if they do not."""
    length = next((number for number, value in enumerate(values) if number and value == values[0]), len(values))
    is_round = len(set(values[:length])) == length and all(
        value == values[number % length] for number, value in enumerate(values)
    )
    return length if is_round and length > 1 else 0


def side_by_side(images: Sequence[Image.Image]) -> Image.Image:
    width = sum(image.width for image in images) + GAP * (len(images) - 1)
    canvas = Image.new("RGB", (width, max(image.height for image in images)), PAPER)
    left = 0
    for image in images:
        canvas.paste(image, (left, 0))
        left += image.width + GAP
    return canvas


def stacked(images: Sequence[Image.Image], margin: int = GAP) -> Image.Image:
    """Draw images below one another, with gaps between them and a margin around."""
    width = max(image.width for image in images) + 2 * margin
    height = sum(image.height for image in images) + GAP * (len(images) - 1) + 2 * margin
    canvas = Image.new("RGB", (width, height), PAPER)
    top = margin
    for image in images:
        canvas.paste(image, (margin, top))
        top += image.height + GAP
    return canvas
