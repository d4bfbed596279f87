"""Every installed package has a licence that release/licences.toml allows, or is named there with a reason."""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

from license_expression import ExpressionError, get_spdx_licensing
from packaging.utils import canonicalize_name

from release.outcome import Outcome

PAGE = "release/licences.toml"
PREFIX = "License :: "
UMBRELLA = "OSI Approved"
"""A classifier that says only that there is a licence."""
TOO_LONG_FOR_A_NAME = 80
"""Some packages have the licence's whole text where its name belongs."""
SILENT = {"", "UNKNOWN", "LICENSE", "SEE LICENSE FILE"}


@dataclass(frozen=True)
class Policy:
    """Which licences may be installed.

    Attributes:
        allowed: SPDX identifiers, each with the reason.
        names: SPDX expressions by what packages write in their place.
        packages: Licence and reason by a package's name, or by the beginning of several names and ``*``.
    """

    allowed: Mapping[str, str]
    names: Mapping[str, str]
    packages: Mapping[str, Mapping[str, str]]

    def reviewed(self, name: str) -> str | None:
        """Return the licence that was found by hand for a package; None where its metadata are to be believed."""
        found = (one["licence"] for pattern, one in self.packages.items() if fnmatch.fnmatchcase(name, pattern))
        return next(found, None)


def read_policy(path: Path) -> Policy:
    """Read release/licences.toml.

    Raises:
        ValueError: when something in it lacks its reason.
    """
    document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    policy = Policy(document["allowed"], document["names"], document["packages"])
    unexplained = [name for name, why in policy.allowed.items() if not why.strip()]
    unexplained += [name for name, one in policy.packages.items() if not one.get("reason", "").strip()]
    if unexplained:
        raise ValueError(f"{path.name}: {', '.join(unexplained)} without a reason; give one")
    return policy


def check_licences(installed: Iterable[Distribution], policy: Policy) -> Outcome:
    """Check the licence of each package."""
    problems, count, seen = [], 0, set()
    for one in sorted(installed, key=lambda distribution: distribution.name.lower()):
        count += 1
        name = canonicalize_name(one.name)
        if policy.reviewed(name) is not None:
            continue  # a person has read it, and says in the policy why it may stay
        stated = stated_licence(one, policy)
        if stated is None:
            problems.append(f"{name} {one.version}: its metadata name no licence; read it, and name it in {PAGE}")
            continue
        try:
            expression = spdx().parse(stated)
        except ExpressionError:
            problems.append(
                f"{name} {one.version}: its licence {stated!r} is none that SPDX has; read it, and name it in {PAGE}"
            )
            continue
        seen |= {str(symbol) for symbol in spdx().license_symbols(expression, decompose=False)}
        if not is_allowed(expression, policy.allowed):
            problems.append(
                f"{name} {one.version}: its licence {stated} is not allowed; do without it, or review it for {PAGE}"
            )
    return Outcome(f"{count} packages under {len(seen)} licences", problems)


def stated_licence(installed: Distribution, policy: Policy) -> str | None:
    """Return the licence of a package's metadata as an SPDX expression; None where they are silent.

    The field License-Expression goes before the field License, and that before the classifiers, all of which must hold.
    """
    if expression := installed.metadata["License-Expression"]:
        return expression
    written = " ".join((installed.metadata["License"] or "").split())
    if written.upper() not in SILENT and len(written) <= TOO_LONG_FOR_A_NAME and "Copyright" not in written:
        return policy.names.get(written, written)
    ends = [
        line.split(" :: ")[-1] for line in installed.metadata.get_all("Classifier") or [] if line.startswith(PREFIX)
    ]
    named = [policy.names.get(end, end) for end in ends if end != UMBRELLA]
    return " AND ".join(named) or None


def is_allowed(expression: Any, allowed: Mapping[str, str]) -> bool:
    """Tell whether an expression can be kept by licences that are allowed: all sides of an AND, one of an OR."""
    if str(expression) in allowed:
        return True
    sides = [is_allowed(side, allowed) for side in getattr(expression, "args", ()) if not expression.isliteral]
    return bool(sides) and (any(sides) if isinstance(expression, spdx().OR) else all(sides))


@cache
def spdx() -> Any:
    """Return SPDX's licences; reading them takes a second."""
    return get_spdx_licensing()
