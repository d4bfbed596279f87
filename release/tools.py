"""The tools that build and check are those of constraints.txt, so that everyone's release is the same."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, distribution, version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from release.outcome import Outcome
from release.repository import ROOT

EXTRA = "release"
OF_PYTHON = {"pip"}
"""What comes with each Python's environments, in a version of its own."""


def check_tools() -> Outcome:
    """Check the versions of the extra `release` and of all that it asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [Requirement(text) for text in project["optional-dependencies"][EXTRA]]
    return compare(versions_of(brought_by(named)), pins((ROOT / "constraints.txt").read_text(encoding="utf-8")))


def compare(installed: Mapping[str, str | None], pinned: Mapping[str, str]) -> Outcome:
    """Compare installed versions, by package, with pinned ones; None is what is not installed."""
    problems = []
    for name, found in sorted(installed.items()):
        if found is None:
            problems.append(f"{name}: is not installed; run make release-check, which installs it")
        elif name not in pinned:
            problems.append(f"{name} {found}: is not in constraints.txt; pin it")
        elif pinned[name] != found:
            problems.append(f"{name} {found}: constraints.txt has {pinned[name]}; install that")
    return Outcome(f"{len(installed)} packages in the versions of constraints.txt", problems)


def brought_by(named: Iterable[Requirement]) -> set[str]:
    """Return the names of packages and of all that these ask for, as far as they are installed."""
    waiting, seen = list(named), set()
    while waiting:
        one = waiting.pop()
        key = (canonicalize_name(one.name), frozenset(one.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            needs = [Requirement(text) for text in distribution(one.name).requires or []]
        except PackageNotFoundError:
            continue
        extras = one.extras or {""}
        waiting += [
            need for need in needs if need.marker is None or any(need.marker.evaluate({"extra": e}) for e in extras)
        ]
    return {str(name) for name, _ in seen} - OF_PYTHON


def versions_of(names: Iterable[str]) -> dict[str, str | None]:
    """Return installed versions by package, None for what is not installed."""
    found: dict[str, str | None] = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def pins(constraints: str) -> dict[str, str]:
    """Return versions by package of a file of constraints."""
    lines = [line for line in constraints.splitlines() if line and not line.startswith("#")]
    requirements = [Requirement(line) for line in lines]
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in requirements}
