"""The changelog has the version's section, and on PyPI no link of the long description leads nowhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from programs import REPOSITORY

from release.changelog import check_changelog
from release.description import RenderedLinks, dangling
from semstyle.version import NEXT

CHANGELOG = "# Changelog\n\nWhat changes.\n\n## {}\n\n- One thing.\n- Another.\n\n## 0.0.1 (2020-01-01)\n\n- Older.\n"


@pytest.mark.parametrize(
    "heading, version",
    [
        ("1.2.3 (2026-11-28)", "1.2.3"),
        ("Unreleased (1.2.3)", "1.2.3.dev5+g0123456789"),
        ("Unreleased (1.2.3)", "1.2.3.dev0"),
    ],
)
def test_the_section_of_the_version_passes(heading: str, version: str) -> None:
    outcome = check_changelog(CHANGELOG.format(heading), version)
    assert (outcome.problems, outcome.told) == ([], f"{heading}, 2 entries")


@pytest.mark.parametrize(
    "heading, version, wanted",
    [
        ("Unreleased (1.2.3)", "1.2.3", "## 1.2.3 (YEAR-MONTH-DAY)"),
        ("1.2.3", "1.2.3", "## 1.2.3 (YEAR-MONTH-DAY)"),
        ("1.2.2 (2026-11-28)", "1.2.3", "## 1.2.3 (YEAR-MONTH-DAY)"),
        ("1.2.3 (2026-11-28)", "1.2.4.dev1+g0123456789", "## Unreleased (1.2.4)"),
        ("Unreleased", "1.2.4.dev1+g0123456789", "## Unreleased (1.2.4)"),
    ],
)
def test_another_section_does_not(heading: str, version: str, wanted: str) -> None:
    (problem,) = check_changelog(CHANGELOG.format(heading), version).problems
    assert heading in problem and wanted in problem


def test_an_empty_section_and_none_do_not() -> None:
    (problem,) = check_changelog("# Changelog\n\n## 1.2.3 (2026-11-28)\n\nSoon.\n", "1.2.3").problems
    assert "no entry" in problem
    (problem,) = check_changelog("# Changelog\n", "1.2.3").problems
    assert "has no section" in problem


def test_this_changelog_has_a_section_of_what_comes_next_or_is_just_released() -> None:
    text = (REPOSITORY / "CHANGELOG.md").read_text()
    assert any(check_changelog(text, version).problems == [] for version in (NEXT, f"{NEXT}.dev1"))


def test_links_that_lead_nowhere_from_a_rendered_page_are_found() -> None:
    page = RenderedLinks()
    page.feed(
        '<h2 id="there">There</h2><a href="#there">a</a><a href="#gone">b</a><a href="https://example.org">c</a>'
        '<a href="docs/scale.md">d</a><img src="docs/a.jpg" alt="e"><img src="https://example.org/f.jpg">'
        '<a name="g">h</a>'
    )
    assert dangling(page.links, page.ids) == ["#gone", "docs/scale.md", "docs/a.jpg"]


def test_the_long_description_names_files_of_the_repository_without_linking_to_them() -> None:
    command = [sys.executable, "-m", "hatchling", "metadata"]
    told = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    text = json.loads(told)["readme"]["text"]
    assert "docs/recipes.md" in text and "](https://arxiv.org/" in text
    assert re.findall(r"\]\((?!https?:|#)[^)]*\)", text) == []
