"""docs/dataset.md: its numbers and names are the code's, and its options can be used."""

from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner

from semstyle.commands.app import app
from semstyle.dataset.export.claim import BEAT_SECONDS, SILENCE_SECONDS
from semstyle.dataset.export.commit import CHECKSUMS, DATASET
from semstyle.dataset.export.described.sheet import MOST_SHOWN, SHEET
from semstyle.dataset.export.export import OWN_PLACE
from semstyle.dataset.export.formats.columns import LONGEST_TAG_NAME, MOST_TAGS, TAG_COLUMN
from semstyle.dataset.export.formats.imagefolder import FILE_NAME, METADATA
from semstyle.dataset.export.options import MOST_IN_FOLDER, MOST_IN_SHARD, SHARD_BYTES, SPLIT_BY, TAG, DatasetFormat
from semstyle.dataset.export.splitting.splits import SPLITS_FILE
from semstyle.dataset.export.workshop import CLAIMS, ENDING, MARKER
from semstyle.dataset.nightly.latest import LATEST
from semstyle.dataset.nightly.state import STATE, NightStep
from semstyle.dataset.nightly.steps import COMPARISON, INPUTS, MANIFEST
from semstyle.farm.monitor.notice import DEADLINE_SECONDS
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
        f"`.NAME{ENDING}{CLAIMS}`, and renews it every {BEAT_SECONDS:.0f} seconds",
        f"dead after {SILENCE_SECONDS:.0f} seconds",
        f"at most {DEADLINE_SECONDS:.0f} seconds are waited",
        f"`ROOT/<date>/{MANIFEST}`",
        f"`ROOT/<date>/{OWN_PLACE}/`",
        f"`ROOT/<date>/{STATE}`",
        f"`ROOT/<date>/{COMPARISON}/index.html`",
        f"`ROOT/{INPUTS}/`",
        f"`ROOT/{LATEST}`",
        *(f"`{name}`" for name in (CHECKSUMS, DATASET, SHEET, MARKER, SPLITS_FILE, *DatasetFormat)),
    ):
        assert said in PAGE, said


OF_OTHERS = {"--working-dir"}
"""Options of ``ray job submit``."""


def told(*arguments: str) -> str:
    return CliRunner().invoke(app, [*arguments, "--help"], env={"COLUMNS": "200"}).output


def test_its_options_are_there() -> None:
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", TEXT)) - OF_OTHERS
    known = "".join(told(command) for command in ("export", "nightly", "run", "submit"))
    assert len(options) >= 15 and [option for option in options if option not in known] == []


def test_its_rows_are_the_codes_choices_and_steps() -> None:
    splits = TEXT.split("## Splits")[1].split("##")[0]
    assert re.findall(r"^\| `(\w+)[`:]", splits, re.MULTILINE) == [*SPLIT_BY, TAG.rstrip(":")]
    nights = TEXT.split("## Every night")[1].split("\n## ")[0]
    assert re.findall(r"^\| ([a-z]+) \|", nights, re.MULTILINE) == ["step", *NightStep]
