"""What a user does first, done with the installed wheel: help, doctor, demo, a render, and what its image says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from release.environment import CleanEnvironment
from release.outcome import Outcome
from release.program import ProgramError

DEMO_RENDERS = 2
"""A doodle and a portrait, with maps and content: a minute on two cores. `semstyle demo` has eleven more like them."""
PNG = b"\x89PNG"


def check_installed(clean: CleanEnvironment, version: str) -> Outcome:
    """Run the installed program's commands, one after the other."""
    steps: list[Callable[[CleanEnvironment, str], Iterator[str]]] = [look, diagnose, demonstrate, render]
    problems: list[str] = []
    for step in steps:
        try:
            problems += step(clean, version)
        except ProgramError as error:
            problems.append(str(error))
    return Outcome(
        "semstyle --help, --version, doctor, demo, verify, render and show, in a folder of their own", problems
    )


def look(clean: CleanEnvironment, version: str) -> Iterator[str]:
    """Help has commands, the version is that of the wheel, and the code is the environment's own."""
    if "render" not in clean.run("semstyle", "--help"):
        yield "semstyle --help: names no command `render`"
    told = clean.run("semstyle", "--version").strip()
    if told != f"semstyle {version}":
        yield f"semstyle --version: says {told!r}, and the wheel is {version}"
    place = clean.run("python", "-c", "import semstyle; print(semstyle.__file__)").strip()
    if not Path(place).is_relative_to(clean.packages):
        yield f"import semstyle: comes from {place}, which is outside the clean environment"


def diagnose(clean: CleanEnvironment, version: str) -> Iterator[str]:
    """Nothing that the wheel needs is missing."""
    told = clean.run("semstyle", "doctor")
    if version not in told:
        yield f"semstyle doctor: does not name version {version}"


def demonstrate(clean: CleanEnvironment, version: str) -> Iterator[str]:
    """The demo's first renders are made, and all of them can be verified."""
    clean.run("semstyle", "demo", "--limit", str(DEMO_RENDERS), "--out", "demo")
    images = list((clean.home / "demo" / "images").glob("*.png"))
    if len(images) != DEMO_RENDERS:
        yield f"semstyle demo: made {len(images)} images of {DEMO_RENDERS}"
    clean.run("semstyle", "verify", "demo", expected=(0, 3))  # 3: the other eleven are not there
    summary = (clean.home / "demo" / "summary.json").read_text(encoding="utf-8")
    if version not in summary:
        yield f"semstyle demo: its summary does not name version {version}"


def render(clean: CleanEnvironment, version: str) -> Iterator[str]:
    """One image is made of the demo's pictures, without Ray, and says what made it."""
    inputs = clean.home / "demo" / "inputs" / "demo"
    maps = ["--style-map", inputs / "china_map.png", "--target-map", inputs / "lake_map.png"]
    quick = ["--set", "size=96", "--set", "iterations=8"]
    clean.run("semstyle", "render", "--style", inputs / "photographs" / "china.jpg", *maps, *quick, "-o", "lake.png")
    if not (clean.home / "lake.png").read_bytes().startswith(PNG):
        yield "semstyle render: lake.png is no PNG"
    if not re.search(r"\S", clean.run("semstyle", "show", "lake.png")):
        yield "semstyle show: says nothing of lake.png"
