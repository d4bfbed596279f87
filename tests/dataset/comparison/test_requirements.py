"""Requirements: what a file of them may say, and when one is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from semstyle.dataset.comparison.differences import Difference
from semstyle.dataset.comparison.requirements import read_requirements, verdicts_of
from semstyle.errors import InputError, SemstyleError

WHOLE = """
requirements:
  semantic_leak: {max_increase: 0.02}
  weave: {max_increase: 0.1, max_decrease: 0.2}
  seconds: {max_increase: 10 %}
  max_failures_new: 0
  max_missing: 2
"""


def difference(name: str, mean: float, before: float = 1.0) -> Difference:
    return Difference(name=name, pairs=8, before=before, after=before + mean, mean=mean, low=mean - 1, high=mean + 1)


def broken(folder: Path, differences: list[Difference], failures_new: int = 0, missing: int = 0) -> list[str]:
    file = folder / "requirements.yaml"
    file.write_text(WHOLE)
    verdicts = verdicts_of(read_requirements(str(file)), differences, failures_new, missing)
    assert len(verdicts) == 6
    return [verdict.requirement for verdict in verdicts if verdict.is_broken]


def test_means_are_judged_as_they_are_written(tmp_path: Path) -> None:
    kept = [difference("semantic_leak", 0.02), difference("weave", -0.2), difference("seconds", 2.0, 20.0)]
    assert broken(tmp_path, kept, 0, 2) == []
    worse = [difference("semantic_leak", 0.021), difference("weave", 0.11), difference("seconds", 2.1, 20.0)]
    assert broken(tmp_path, worse, 1, 3) == [
        "semantic_leak max_increase",
        "weave max_increase",
        "seconds max_increase",
        "max_failures_new",
        "max_missing",
    ]
    fewer = [difference("semantic_leak", -9.0), difference("weave", -0.21), difference("seconds", -9.0)]
    assert broken(tmp_path, fewer) == ["weave max_decrease"]


def test_a_number_that_no_pair_has_breaks_its_requirement(tmp_path: Path) -> None:
    left = [difference("weave", 0.0), difference("seconds", 0.0)]
    assert broken(tmp_path, left) == ["semantic_leak max_increase"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "requirements: {semantic_leek: {max_increase: 1}}",
            "semantic_leek: there is no such number; did you mean semantic_leak?",
        ),
        (
            "requirements: {weave: {max_increse: 1}}",
            "requirements.weave.max_increse: there is no such key; did you mean max_increase?",
        ),
        ("requirements: {weave: {max_increase: much}}", "'much' is neither a number nor a share such as 10 %"),
        ("requirements: {weave: {max_increase: yes}}", "'True' is neither a number"),
        ("requirements: {weave: {max_increase: -1}}", "-1: give 0 or more"),
        ("requirements: {weave: {max_increase: .inf}}", "'.inf' is neither a number"),
        ("requirements: {weave: {}}", "requirements.weave: give max_increase or max_decrease"),
        ("requirements: {weave: 0.1}", "requirements.weave: it is no mapping, such as {max_increase: 0.02}"),
        ("requirements: {max_failures_new: 0.5}", "requirements.max_failures_new"),
        ("requirements: {max_failures_new: -1}", "requirements.max_failures_new"),
        ("requirements: {}", "name at least one number, such as requirements: {semantic_leak: {max_increase: 0.02}}"),
        ("requirement: {weave: {max_increase: 1}}", "there is no such key; did you mean requirements?"),
        ("- weave", "there are no requirements in it, such as requirements: {semantic_leak: {max_increase: 0.02}}"),
        ("", "there are no requirements in it"),
        ("requirements: [", "line 1"),
        ("requirements: {weave: {max_increase: 1}, weave: {max_increase: 2}}", "the key weave is there twice"),
        ('requirements: {"\\e[2J": {max_increase: 1}}', "there is no such number"),
    ],
)
def test_what_is_wrong_is_one_line_that_says_where(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "requirements.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as raised:
        read_requirements(str(file))
    message = str(raised.value)
    assert message.startswith(f"{file}: ") and told in message
    assert "\n" not in message and "\x1b" not in message and len(message) < 500
    assert raised.value.exit_code == 2


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SemstyleError, match="there is no such file") as raised:
        read_requirements(str(tmp_path / "gone.yaml"))
    assert raised.value.exit_code == 2
