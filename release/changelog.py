"""CHANGELOG.md has a section of the version that is released."""

from __future__ import annotations

import re

from release.outcome import Outcome
from semstyle.version import release_of

HEADING = re.compile(r"^## +(.+?) *$", re.MULTILINE)
RELEASED = re.compile(r"(?P<version>\d+\.\d+\.\d+) \(\d{4}-\d{2}-\d{2}\)")
COMING = re.compile(r"Unreleased \((?P<version>\d+\.\d+\.\d+)\)")


def check_changelog(text: str, version: str) -> Outcome:
    """Check the changelog's first section: `1.2.3 (2026-11-28)` for a release, `Unreleased (1.2.3)` before it.

    Args:
        text: The changelog.
        version: The version that is checked, such as ``1.2.3`` or ``1.2.3.dev5+g0123456789``.
    """
    release = release_of(version)
    is_released = version == release
    wanted = f"## {release} (YEAR-MONTH-DAY)" if is_released else f"## Unreleased ({release})"
    heading = HEADING.search(text)
    if heading is None:
        return Outcome("no section", [f"CHANGELOG.md: has no section; begin it with `{wanted}`"])
    shape = RELEASED if is_released else COMING
    found = shape.fullmatch(heading[1])
    if found is None or found["version"] != release:
        return Outcome(
            heading[1], [f"CHANGELOG.md: its first section is `## {heading[1]}`; version {version} needs `{wanted}`"]
        )
    entries = len(re.findall(r"^- ", HEADING.split(text)[2], re.MULTILINE))
    problems = [] if entries else [f"CHANGELOG.md: `## {heading[1]}` has no entry; say what changes for a user"]
    return Outcome(f"{heading[1]}, {entries} entries", problems)
