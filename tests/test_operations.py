"""docs/operations.md: its commands are ones that there are, and its recipes end as it says."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml
from page_reader import PageReader
from pages import sections
from programs import REPOSITORY, environment
from ray.cluster_utils import Cluster

from semstyle.commands.app import COMMANDS, app_of

TEXT = (REPOSITORY / "docs" / "operations.md").read_text()
PAGE = sections(TEXT, level=3)
CHEAP = ["Sizing", "Weights have another digest"]
"""Sections whose commands render nothing."""
RENDERING = [
    "A driver is killed",
    "A row fails always",
    "Images are deleted",
    "A night is not finished",
    "`latest` names a night that is gone",
    "Status is silent or stands still",
]
ELSEWHERE = {
    "Setting it up": "needs Prometheus or Kubernetes",
    "The head is lost": "needs a cluster of its own, whose head it kills",
    "Recovery": "comes before all recipes",
}


def commands() -> Iterator[list[str]]:
    """Each of semstyle's commands in the page's blocks, with its words."""
    for blocks in PAGE.values():
        for block in blocks:
            if block.language == "sh":
                shell = re.sub(r"<<'END_OF_SPEC'\n.*?^END_OF_SPEC$", "", block.text, flags=re.DOTALL | re.MULTILINE)
                for line in shell.splitlines():
                    cut = re.split(r" (?:\|\|?|&&|&|>|2>).*", line.strip())[0]
                    if cut.startswith("semstyle "):
                        yield shlex.split(cut, comments=True)


def test_every_section_with_commands_is_tried_or_says_why_not() -> None:
    with_commands = {heading for heading, blocks in PAGE.items() if any(block.language == "sh" for block in blocks)}
    assert with_commands == {*CHEAP, *RENDERING, *ELSEWHERE}


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_semstyle_knows_the_command_and_its_options(words: list[str]) -> None:
    names = [name for name in words[1:3] if not name.startswith("-")]
    program = typer.main.get_command(app_of([words[1]]))
    command = program.commands[words[1]]  # type: ignore[attr-defined]
    rest = words[2:]
    if hasattr(command, "commands"):
        command, rest = command.commands[names[1]], words[3:]
    with command.make_context(words[1], rest):
        pass


def test_what_is_named_in_passing_is_there_too() -> None:
    named = set(re.findall(r"`semstyle (\w+)", TEXT.replace("\n", " ")))
    assert len(named) > 10
    assert named <= set(COMMANDS)


def test_the_recipes_are_those_that_were_asked_for() -> None:
    assert [re.sub(r"\W", " ", heading) for heading in list(PAGE)[list(PAGE).index("Recovery") + 1 :]] == [
        "A driver is killed",
        "The head is lost",
        "Storage is full or read only",
        "A node fails everything",
        "A row fails always",
        "Weights have another digest",
        "Images are deleted",
        "A night is not finished",
        " latest  names a night that is gone",
        "Status is silent or stands still",
    ]


def test_the_list_of_nodes_and_the_rules_come_to_where_prometheus_looks(tmp_path: Path) -> None:
    local = next(block.text for block in PAGE["Setting it up"] if "out/cluster/running" in block.text)
    monitoring = tmp_path / "cluster" / "monitoring"
    monitoring.parent.mkdir()
    monitoring.symlink_to(REPOSITORY / "cluster" / "monitoring")
    (tmp_path / "out" / "cluster").mkdir(parents=True)
    (tmp_path / "out" / "cluster" / "running").write_text("/tmp/of-one-cluster")
    subprocess.run(["bash", "-euc", local.splitlines()[0]], cwd=tmp_path, env=environment(), check=True)
    made = yaml.safe_load((tmp_path / "out" / "cluster" / "prometheus.yaml").read_text())
    assert made["rule_files"] == [str(monitoring / "alerts.yaml")]
    (job,) = made["scrape_configs"]
    (discovery,) = job["file_sd_configs"]
    assert discovery["files"] == ["/tmp/of-one-cluster/head/prom_metrics_service_discovery.json"]


def test_the_rules_become_an_object_of_kubernetes(tmp_path: Path) -> None:
    line = next(line for block in PAGE["Setting it up"] for line in block.text.splitlines() if "PrometheusRule" in line)
    made = subprocess.run(
        ["bash", "-euc", line.rpartition(" | ")[0]], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    rule = yaml.safe_load(made.stdout)
    rules = yaml.safe_load((REPOSITORY / "cluster" / "monitoring" / "alerts.yaml").read_text())
    assert (rule["kind"], rule["spec"]) == ("PrometheusRule", rules)


@pytest.mark.parametrize("heading", CHEAP)
def test_a_section_that_renders_nothing_ends_as_it_says(heading: str, tmp_path: Path) -> None:
    PageReader(PAGE, tmp_path, "local").follow_alone(heading)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageReader]:
    """The one who goes through the recipes, with a Ray of two CPUs that outlives drivers."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "num_gpus": 0, "include_dashboard": False})
    found = PageReader(PAGE, tmp_path_factory.mktemp("operations"), str(cluster.address))
    found.follow_alone("Recovery")
    yield found
    cluster.shutdown()


@pytest.mark.chaos
@pytest.mark.parametrize("heading", RENDERING)
def test_a_recipe_ends_as_it_says(heading: str, reader: PageReader) -> None:
    reader.follow_alone(heading)
