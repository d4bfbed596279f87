"""docs/security.md: each threat in its table has a test, and each test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "security.md").read_text()
THREATS = [
    line
    for line in PAGE.partition("## From threat to test")[2].partition("\n## ")[0].splitlines()
    if line.startswith("|")
][2:]


def test_there_are_threats() -> None:
    assert len(THREATS) >= 25


@pytest.mark.parametrize("threat", THREATS, ids=lambda line: line[2:50])
def test_each_names_tests_that_are_there(threat: str) -> None:
    *_, tests, _ = re.split(r"(?<!\\)\|", threat)
    named = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", tests)
    assert named
    for file, name in named:
        assert f"def {name or 'test_'}" in (TESTS / file).read_text(), f"{file}::{name}"
