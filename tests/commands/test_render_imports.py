"""A render imports what it needs and no more: importing takes most of the time of a small one."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from programs import run

PROGRAM = """
import json, sys
from semstyle.cli import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
open("modules.json", "w").write(json.dumps(sorted(sys.modules)))
"""
UNUSED = {
    "pyarrow": "nothing is read from Parquet, nor written",
    "skimage": "no map is made",
    "scipy.cluster": "no map is made",
    "scipy.ndimage": "no map is made",
    "scipy.optimize": "no map is made",
    "scipy.sparse": "no map is made",
    "torchvision": "the encoder is in the package",
    "torch._dynamo": "nothing is compiled by torch",
    "sympy": "nothing is compiled by torch",
    "networkx": "nothing is compiled by torch",
    "ray": "it is this machine that renders",
    "semstyle.farm": "it is this machine that renders",
    "semstyle.manifest.specs": "there is no grid",
    "s3fs": "all is on this machine",
    "aiohttp": "all is on this machine",
    "matplotlib": "nothing is plotted",
}
COMPILED = ("numba", "llvmlite", "scipy", "yaml")
"""Numba, and what it imports."""


def modules_of(folder: Path, pictures: Path, *options: str) -> set[str]:
    """Render a doodle in a process of its own, and return the modules that it has loaded."""
    inputs = {f"--{name.replace('_', '-')}": f"{pictures / name}.png" for name in ("style", "style_map", "target_map")}
    arguments = ["--size", "32", "--set", "iterations=1", "-o", "out.png", *options]
    command = [sys.executable, "-c", PROGRAM, "render", *(word for pair in inputs.items() for word in pair), *arguments]
    ended = run(command, folder)
    assert ended.returncode == 0, ended.stderr
    return set(json.loads((folder / "modules.json").read_text()))


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["render", "render and judge"])
def test_a_doodle_with_its_maps_is_rendered_with_little(
    options: tuple[str, ...], tmp_path: Path, pictures: Path
) -> None:
    loaded = modules_of(tmp_path, pictures, *options)
    assert {"torch", "numba", "semstyle.engine.patches.match_cpu"} <= loaded
    assert {name: why for name, why in UNUSED.items() if name in loaded} == {}


def test_a_method_without_matches_needs_no_compiler(tmp_path: Path, pictures: Path) -> None:
    loaded = modules_of(tmp_path, pictures, "--set", "method=gram", "--set", "style_layers=2_1,3_1")
    assert loaded.isdisjoint((*UNUSED, *COMPILED))


def test_a_command_imports_no_other_command(tmp_path: Path, pictures: Path) -> None:
    loaded = {name for name in modules_of(tmp_path, pictures) if name.startswith("semstyle.commands.")}
    others = {f"semstyle.commands.{name}" for name in ("bench", "run", "report", "manifest", "maps", "doctor")}
    assert "semstyle.commands.render" in loaded and loaded.isdisjoint(others)
