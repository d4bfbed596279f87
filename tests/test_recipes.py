"""docs/recipes.md: its blocks do what it says, and print what it shows."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import Block, missing_lines, sections
from programs import PATIENCE, REPOSITORY, environment, free_ports
from ray.cluster_utils import Cluster

PAGE = sections((REPOSITORY / "docs" / "recipes.md").read_text())
RECIPES = list(PAGE)[1:]


class Reader:
    """Someone who copies the page's blocks into a shell, in one folder."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder = folder
        (port,) = free_ports(1)
        self._environment = environment(
            RAY_ADDRESS=address, RAY_AUTH_MODE="disabled", SEMSTYLE=str(REPOSITORY), PORT=str(port), COLUMNS="200"
        )
        self._ahead = list(PAGE)

    def follow(self, heading: str) -> None:
        """Go through the page to the end of the section ``heading``, which may go on from those before it."""
        while heading in self._ahead:
            self._follow(self._ahead.pop(0))

    def _follow(self, heading: str) -> None:
        """Run a section's blocks of shell, and hold what they print against the block of text after each."""
        printed = ""
        for block in PAGE[heading]:
            if block.language == "sh":
                printed = self._run(block)
            elif printed:
                assert missing_lines(block.text, printed) == [], printed
                printed = ""

    def _run(self, block: Block) -> str:
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.text],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )
        assert ended.returncode == 0, ended.stdout
        return ended.stdout


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A Ray that all recipes share, of one CPU: rendering is quick, and each worker that starts is not."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "num_gpus": 0, "include_dashboard": False})
    yield str(cluster.address)
    cluster.shutdown()


@pytest.fixture(scope="module")
def reader(address: str, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """The one who goes through the page for all tests."""
    return Reader(tmp_path_factory.mktemp("recipes"), address)


def test_there_are_ten_recipes() -> None:
    assert [heading.split(".")[0] for heading in RECIPES] == [str(number + 1) for number in range(10)]
    assert all({"sh", "text"} <= {block.language for block in PAGE[heading]} for heading in RECIPES)


@pytest.mark.parametrize("heading", RECIPES)
def test_a_recipe_does_what_the_page_says(heading: str, reader: Reader) -> None:
    reader.follow(heading)


def test_what_is_shown_is_looked_for_in_order() -> None:
    printed = "one\ntwo 2 s\nthree\n"
    assert missing_lines("one\ntwo … s", printed) == []
    assert missing_lines("two … s\none", printed) == ["one"]
    assert missing_lines("four", printed) == ["four"]
