"""docs/recipes.md: its blocks do what it says, and print what it shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from page_reader import PageReader
from pages import missing_lines, sections
from programs import REPOSITORY
from ray.cluster_utils import Cluster

PAGE = sections((REPOSITORY / "docs" / "recipes.md").read_text())
RECIPES = list(PAGE)[1:]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A Ray that all recipes share, of one CPU: rendering is quick, and each worker that starts is not."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "num_gpus": 0, "include_dashboard": False})
    yield str(cluster.address)
    cluster.shutdown()


@pytest.fixture(scope="module")
def reader(address: str, tmp_path_factory: pytest.TempPathFactory) -> PageReader:
    """The one who goes through the page for all tests."""
    return PageReader(PAGE, tmp_path_factory.mktemp("recipes"), address)


def test_there_are_ten_recipes() -> None:
    assert [heading.split(".")[0] for heading in RECIPES] == [str(number + 1) for number in range(10)]
    assert all({"sh", "text"} <= {block.language for block in PAGE[heading]} for heading in RECIPES)


@pytest.mark.parametrize("heading", RECIPES)
def test_a_recipe_does_what_the_page_says(heading: str, reader: PageReader) -> None:
    reader.follow(heading)


def test_what_is_shown_is_looked_for_in_order() -> None:
    printed = "one\ntwo 2 s\nthree\n"
    assert missing_lines("one\ntwo … s", printed) == []
    assert missing_lines("two … s\none", printed) == ["one"]
    assert missing_lines("four", printed) == ["four"]
