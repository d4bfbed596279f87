"""What the README says is so."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from semstyle.engine import Parameters

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text()
PAGES = sorted(REPOSITORY.glob("docs/**/*.md"))


@pytest.mark.parametrize("field", dataclasses.fields(Parameters), ids=lambda field: field.name)
def test_the_parameter_table_has_every_parameter_its_default_and_meaning(field: dataclasses.Field[object]) -> None:
    default = Parameters().as_dict()[field.name]
    shown = "–" if default is None else f"`{default:g}`" if isinstance(default, float) else f"`{default}`"
    assert f"| `{field.name}` | {shown} | {field.metadata['meaning']} |" in README


def links_into_the_repository(text: str) -> list[str]:
    links: list[str] = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    return links


def test_every_link_into_the_repository_leads_somewhere() -> None:
    links = links_into_the_repository(README)
    assert len(links) > 10
    assert [link for link in links if not (REPOSITORY / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert [link for link in links_into_the_repository(page.read_text()) if not (page.parent / link).exists()] == []


def anchors(page: str) -> set[str]:
    """Of a page's headings, as they are made of them where it is shown: no punctuation, dashes for spaces."""
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [REPOSITORY / "README.md", *PAGES], ids=lambda page: page.stem)
def test_every_link_to_a_heading_leads_to_one(page: Path) -> None:
    links = re.findall(r"\]\(((?!https?:)[^)#]*)#([^)]+)\)", page.read_text())
    pages = {to: (page.parent / to if to else page).read_text() for to, _ in links}
    assert [(to, anchor) for to, anchor in links if anchor not in anchors(pages[to])] == []


def test_every_page_is_linked_from_the_readme() -> None:
    assert [page.name for page in PAGES if page.relative_to(REPOSITORY).as_posix() not in README] == []


@pytest.fixture
def pictures_of_the_readme(tmp_path: Path) -> Path:
    """A folder with what the Python in the README reads."""
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    halves = np.zeros((48, 64, 3), np.uint8)
    halves[:24] = 255
    for name, pixels in {"style.jpg": noise, "style_map.png": halves, "doodle.png": halves[::-1]}.items():
        Image.fromarray(pixels).save(tmp_path / name)
    return tmp_path


def test_the_pythons_engine_runs_as_it_is_written(pictures_of_the_readme: Path) -> None:
    (program,) = re.findall(r"```python\n([^`]*semstyle\.engine.*?)```", README, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", program], cwd=pictures_of_the_readme, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with Image.open(pictures_of_the_readme / "out.png") as image:
        assert image.size == (256, 192)


def test_the_first_commands_are_make_demo_and_make_test() -> None:
    first = re.search(r"```sh\n(.*?)```", README, re.DOTALL)
    assert first is not None
    assert [line.split("#")[0].strip() for line in first[1].splitlines()] == ["make demo", "make test"]
