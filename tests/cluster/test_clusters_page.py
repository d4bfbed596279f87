"""docs/clusters.md: its commands are ones that are there, with options that they know, and its files exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml

from semstyle.commands.app import app_of

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "docs" / "clusters.md").read_text()
BASE = REPOSITORY / "cluster" / "kuberay" / "base"


def commands() -> Iterator[list[str]]:
    """Each command of the page's blocks, as a shell reads it."""
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words:
                yield [word for word in words if word != "&"]


def called(*program: str) -> list[list[str]]:
    found = [words for words in commands() if tuple(words[: len(program)]) == program]
    assert found, program
    return found


@pytest.mark.parametrize("name", ["run", "submit"])
def test_semstyles_commands_know_their_options(name: str) -> None:
    program = typer.main.get_command(app_of(["run", "submit"]))
    for words in called("semstyle", name):
        with program.commands[name].make_context(name, words[2:]):  # type: ignore[attr-defined]
            pass


def test_every_file_and_overlay_that_it_names_exists() -> None:
    for name in re.findall(r"\]\(\.\./([^)#]+)\)|(?<![/\w])(cluster/[\w./-]+\w)", PAGE):
        assert (REPOSITORY / next(filter(None, name))).exists(), name
    overlays = {path.name for path in (BASE.parent / "overlays").iterdir()}
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == overlays


def test_what_is_chosen_by_label_and_the_secrets_are_those_of_the_files() -> None:
    text = "".join(path.read_text() for path in BASE.glob("*.yaml"))
    for words in called("kubectl", "-n", "renders", "apply"):
        label, component = words[words.index("-l") + 1].split("=")
        assert f"{label}: {component}\n" in text
    made = {words[words.index("generic") + 1] for words in commands() if "generic" in words}
    cluster = yaml.safe_load((BASE / "raycluster.yaml").read_text())
    secrets = set(re.findall(r"secretName: (\S+)|secretRef:\s+name: (\S+)", text))
    assert made == {name for pair in secrets for name in pair if name}
    assert f"service/{cluster['metadata']['name']}-head-svc" in PAGE


def test_makes_targets_are_there() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    for words in called("make"):
        assert f"\n{words[1]}: " in makefile


def test_it_says_plainly_what_has_not_run() -> None:
    assert PAGE.count("**No ") == 4
