"""docs/compare.md: its numbers are the code's, and its requirements and options can be used."""

from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner

from semstyle.commands.app import app
from semstyle.dataset.comparison import read_requirements
from semstyle.dataset.comparison.bootstrap import LEAST_PAIRS, LEAST_RESAMPLES, MOST_DRAWS, MOST_RESAMPLES
from semstyle.dataset.comparison.changed_images import COMPARED_SIDE, WORST
from semstyle.dataset.comparison.comparison import MOST_IMAGES
from semstyle.dataset.comparison.differences import MOST_VALUES
from semstyle.dataset.comparison.rendered import NUMBERS

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "compare.md").read_text()
PAGE = " ".join(TEXT.split())


def test_its_numbers_are_so() -> None:
    assert (LEAST_PAIRS, WORST, len(NUMBERS)) == (5, 10, 19)
    for said in (
        f"with replacement {MOST_RESAMPLES:,} times",
        f"{MOST_DRAWS // 10**6} million draws",
        f"at least {LEAST_RESAMPLES:,} times",
        f"`--images {MOST_IMAGES}`",
        f"at most {MOST_VALUES} values",
        f"a long side of {COMPARED_SIDE:,} pixels",
    ):
        assert said in PAGE, said


def test_its_requirements_are_read(tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "requirements.yaml").write_text(block)
    found = read_requirements(str(tmp_path / "requirements.yaml"))
    assert set(found.limits) == {"semantic_leak", "repetition", "seconds"}
    assert (found.max_failures_new, found.max_missing) == (0, 0)


def test_its_options_are_there() -> None:
    options = set(re.findall(r"(?<![\w-])--[a-z]+", TEXT))
    told = CliRunner().invoke(app, ["compare", "--help"], env={"COLUMNS": "200"}).output
    assert len(options) >= 6 and [option for option in options if option not in told] == []
