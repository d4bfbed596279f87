"""docs/report.md: its numbers are the code's, and its commands are semstyle's."""

from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner

from semstyle.commands.app import app
from semstyle.commands.run import MOST_REPORTED
from semstyle.report.contact_sheet import LARGEST_CELL
from semstyle.report.gallery import MOST_SHOWN
from semstyle.report.page import IMAGES_PER_PAGE
from semstyle.report.sheets import MOST_IMAGES, MOST_SHEETS, SMALL

PAGE = " ".join((Path(__file__).resolve().parents[2] / "docs" / "report.md").read_text().split())


def test_its_numbers_are_so() -> None:
    for said in (
        f"Up to {MOST_IMAGES} images are all on one sheet",
        f"Groups of up to {SMALL} images share sheets",
        f"there are {MOST_SHEETS} sheets at most",
        f"to {LARGEST_CELL} pixels at most",
        f"the first {MOST_SHOWN:,} images (`--limit`), {IMAGES_PER_PAGE} to a page",
        f"more than {MOST_REPORTED:,} renders",
    ):
        assert said in PAGE


def test_its_options_are_there() -> None:
    options = set(re.findall(r"semstyle report \S+ (--\w+)", PAGE))
    assert options == {"--to"}
    assert "--to" in CliRunner().invoke(app, ["report", "--help"], env={"COLUMNS": "200"}).output
