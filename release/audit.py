"""Known vulnerabilities of what is installed, where an index of them can be asked."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from release.outcome import Outcome
from release.program import ProgramError, run

INDEXES = ("pypi", "osv")
"""Those that pip-audit knows, the first to answer being asked."""
FOUND_SOME = 1
OURS = "semstyle"


def audit(packages: Path, policy: Path) -> Outcome:
    """Ask each index about the packages in a folder, until one has answered.

    Args:
        packages: A folder of installed packages.
        policy: release/licences.toml; its `[vulnerabilities]` do not touch semstyle.
    """
    accepted: Mapping[str, str] = tomllib.loads(policy.read_text(encoding="utf-8"))["vulnerabilities"]
    silent = []
    for index in INDEXES:
        command = [sys.executable, "-m", "pip_audit", "--path", packages, "--vulnerability-service", index]
        options = ["--progress-spinner", "off", "--format", "json"]
        try:
            answer = run([*command, *options], packages, expected=(0, FOUND_SOME))
            outcome = judge(json.loads(answer), accepted)
        except (ProgramError, json.JSONDecodeError):
            outcome = None
        if outcome is not None:
            return outcome
        silent.append(index)
    return Outcome(
        f"no index of vulnerabilities knew a single package ({', '.join(silent)}); NOTHING is known of them. "
        "Run it again with a network, before anything is published",
        is_done=False,
    )


def judge(answer: Mapping[str, Any], accepted: Mapping[str, str]) -> Outcome | None:
    """Return what pip-audit's answer means; None when it says nothing, although it ends well.

    Packages that an index does not have are skipped by pip-audit, and where it has none, all of them are.
    """
    packages = [one for one in answer["dependencies"] if one["name"] != OURS]
    skipped = sorted(one["name"] for one in packages if "skip_reason" in one)
    looked_at = [one for one in packages if "skip_reason" not in one]
    if not looked_at:
        return None
    problems = [
        f"{one['name']} {one['version']}: {found['id']}; "
        + (f"mended in {', '.join(found['fix_versions'])}" if found.get("fix_versions") else "not mended yet")
        for one in looked_at
        for found in one["vulns"]
        if accepted.keys().isdisjoint({found["id"], *found.get("aliases", [])})
    ]
    unknown = f"; the index does not have {', '.join(skipped)}" if skipped else ""
    return Outcome(f"{len(looked_at)} packages{unknown}", problems, is_done=not skipped)
