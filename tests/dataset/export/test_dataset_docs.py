"""docs/dataset.md: its numbers and names are the code's, and its options can be used."""

from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner

from semstyle.commands.app import app
from semstyle.dataset.export.columns import LONGEST_TAG_NAME, MOST_TAGS, TAG_COLUMN
from semstyle.dataset.export.commit import CHECKSUMS, DATASET
from semstyle.dataset.export.imagefolder import FILE_NAME, METADATA
from semstyle.dataset.export.options import MOST_IN_FOLDER, MOST_IN_SHARD, SHARD_BYTES, DatasetFormat
from semstyle.dataset.export.sheet import MOST_SHOWN, SHEET
from semstyle.dataset.export.workshop import ENDING, MARKER
from semstyle.farm.output.aggregate import METRIC_COLUMN

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "dataset.md").read_text()
PAGE = " ".join(TEXT.split())


def test_its_numbers_and_names_are_so() -> None:
    for said in (
        f"At most {MOST_TAGS} tags",
        f"names longer than {LONGEST_TAG_NAME} characters",
        f"at most {MOST_IN_SHARD:,} renders, and {SHARD_BYTES // 2**20} MiB",
        f"a split of more than {MOST_IN_FOLDER:,} renders",
        f"up to {MOST_SHOWN} images",
        f"`.NAME{ENDING}`",
        f"`{TAG_COLUMN}NAME`",
        f"`{METRIC_COLUMN}NAME`",
        f"`train/{METADATA}` with `{FILE_NAME}`",
        *(f"`{name}`" for name in (CHECKSUMS, DATASET, SHEET, MARKER, *DatasetFormat)),
    ):
        assert said in PAGE, said


def test_its_options_are_there() -> None:
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", TEXT))
    told = CliRunner().invoke(app, ["export", "--help"], env={"COLUMNS": "200"}).output
    assert len(options) >= 6 and [option for option in options if option not in told] == []
