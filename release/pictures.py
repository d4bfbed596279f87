"""Every picture and every file of weights in the repository says where it is from, and under which licence it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from release.outcome import Outcome

PAGE = "docs/pictures/LICENCES.md"
SOURCES_PAGE = "manifests/demo/README.md"
KINDS = {
    *(".png", ".jpg", ".jpeg", ".webp", ".gif", ".svg", ".avif", ".tif", ".tiff", ".ico", ".bmp", ".jxl"),
    *(".npz", ".npy", ".safetensors", ".onnx", ".pt", ".pth", ".ttf", ".otf", ".woff", ".woff2"),
}
"""Endings of the files that need a line: pictures, weights and fonts."""
OURS = "semstyle"
OUR_LICENCE = "Apache-2.0"


def check_pictures(page: str, sources_page: str, files: Iterable[str]) -> Outcome:
    """Check the page of licences against the repository's files and the page of the demo's photographs.

    Args:
        page: Text of ``docs/pictures/LICENCES.md``. A row has a file, what it was made from and its licences.
        sources_page: Text of ``manifests/demo/README.md``. A row has a photograph, a package, who took it, its licence.
        files: Paths of all the repository's files.
    """
    known = {row[0]: licence_in(row[3]) for row in table(sources_page, 4)} | {OURS: OUR_LICENCE}
    rows = table(page, 3)
    names = [row[0] for row in rows]
    needing = [name for name in files if Path(name).suffix.lower() in KINDS]
    problems = [
        *(f"{name}: nobody says where it is from; give it a row in {PAGE}" for name in needing if name not in names),
        *(f"{PAGE}: {name} is not in the repository; remove its row" for name in names if name not in needing),
        *(f"{PAGE}: {name} has two rows; remove one" for name in sorted({n for n in names if names.count(n) > 1})),
    ]
    for name, made_from, licences in rows:
        problems += problems_of_row(name, parts(made_from), parts(licences), known)
    return Outcome(f"{len(needing)} pictures and files of weights, made from {len(known)} sources", problems)


def problems_of_row(name: str, made_from: list[str], licences: list[str], known: dict[str, str]) -> list[str]:
    """Compare a row's licences with those of what it was made from."""
    if not made_from or not licences:
        return [f"{PAGE}: {name} has an empty cell; say what it was made from, and its licences"]
    unknown = [source for source in made_from if source not in known]
    if unknown:
        return [f"{PAGE}: {name} is made from {', '.join(unknown)}, which {SOURCES_PAGE} does not have"]
    needed = {known[source] for source in made_from}
    if needed != set(licences):
        return [f"{PAGE}: {name} is made from what is {' and '.join(sorted(needed))}; it says {', '.join(licences)}"]
    return []


def table(page: str, columns: int) -> list[list[str]]:
    """Return the cells of all rows with so many columns and a path in backticks in the first."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")] for line in page.splitlines() if line[:1] == "|"
    ]
    return [[row[0].strip("`"), *row[1:]] for row in rows if len(row) == columns and re.fullmatch(r"`[^`]+`", row[0])]


def parts(cell: str) -> list[str]:
    """Return what a cell names, separated by commas."""
    return [part.strip().strip("`") for part in cell.split(",") if part.strip()]


def licence_in(cell: str) -> str:
    """Return the name in a cell that may be a link."""
    link = re.fullmatch(r"\[([^\]]+)\]\([^)]*\)", cell)
    return link[1] if link else cell
