"""The list of all that semstyle is installed with, as CycloneDX (an SBOM)."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from release.environment import CleanEnvironment
from release.outcome import Outcome
from release.program import run

FORMAT = "CycloneDX"


def write_inventory(clean: CleanEnvironment, version: str, to: Path, time: str) -> None:
    """Write the packages of an environment, with versions, licences and what needs what.

    Args:
        version: semstyle's, which the list is of. The tool takes it from a pyproject.toml, and ours has none in it.
        time: When it is said to be written, in seconds since 1970: the same environment gives the same file.

    Raises:
        ProgramError: when it cannot be written, or does not meet CycloneDX's schema.
    """
    project = clean.folder / "pyproject.toml"
    project.write_text(
        f'[project]\nname = "semstyle"\nversion = "{version}"\nlicense = "Apache-2.0"\n', encoding="utf-8"
    )
    options = ["--output-reproducible", "--of", "JSON", "--validate", "--pyproject", project, "-o", to]
    command = [sys.executable, "-m", "cyclonedx_py", "environment", *options, clean.python]
    run(command, clean.home, {**os.environ, "SOURCE_DATE_EPOCH": time})


def check_inventory(path: Path, installed: Iterable[Distribution]) -> Outcome:
    """Compare a list with what is installed."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    whole = document.get("metadata", {}).get("component")
    components = [*document.get("components", []), *([whole] if whole else [])]
    listed = {canonicalize_name(one["name"]): one.get("version") for one in components}
    there = {canonicalize_name(one.name): one.version for one in installed}
    problems = [
        *(f"{path.name}: lacks {name} {there[name]}" for name in sorted(there.keys() - listed.keys())),
        *(f"{path.name}: has {name}, which is not installed" for name in sorted(listed.keys() - there.keys())),
        *(
            f"{path.name}: has {name} {listed[name]}; {there[name]} is installed"
            for name in sorted(there.keys() & listed.keys())
            if listed[name] != there[name]
        ),
    ]
    if document.get("bomFormat") != FORMAT:
        problems.append(f"{path.name}: is not {FORMAT}")
    return Outcome(f"{path.name}, {len(listed)} packages", problems)
