"""docs/report.md: its numbers are the code's, and its commands are semstyle's."""

from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner

from semstyle.commands.app import app
from semstyle.report.contact_sheet import LARGEST_CELL
from semstyle.report.data.curves import points_for
from semstyle.report.data.failed_rows import MOST_FAILURES
from semstyle.report.data.sources import MOST_TAGS
from semstyle.report.live import EVERY_SECONDS
from semstyle.report.pictures.inputs import MOST_INPUTS
from semstyle.report.pictures.renders import LONG_SIDE
from semstyle.report.sheets import MOST_IMAGES, MOST_SHEETS, SMALL

PAGE = " ".join((Path(__file__).resolve().parents[2] / "docs" / "report.md").read_text().split())


def test_its_numbers_are_so() -> None:
    for said in (
        f"Up to {MOST_IMAGES} images are all on one sheet",
        f"Groups of up to {SMALL} images share sheets",
        f"there are {MOST_SHEETS} sheets at most",
        f"to {LARGEST_CELL} pixels at most",
        f"every {EVERY_SECONDS:.0f} seconds",
        f"{LONG_SIDE} pixels",
        f"{MOST_INPUTS:,} different inputs",
        f"{MOST_FAILURES:,} failures",
        f"the {MOST_TAGS} tags",
        f"{points_for(1)} points a phase, {points_for(10_000)} in a run of more than 2,000 renders and "
        f"{points_for(100_000)} above 20,000",
    ):
        assert said in PAGE


def test_its_options_are_there() -> None:
    options = set(re.findall(r"semstyle report \S+ (--\w+)", PAGE))
    assert options == {"--to"}
    help_text = CliRunner().invoke(app, ["report", "--help"], env={"COLUMNS": "200"}).output
    assert all(option in help_text for option in (*options, "--limit"))
