"""The pages' JavaScript and CSS in the package are built from the sources of now, and may contain what they do."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from release.outcome import Outcome

TOLD = re.compile(r"semstyle (\w+); sources sha256 ([0-9a-f]{64})")
SHARED = ("build.mjs", "package.json", "package-lock.json", "tsconfig.json")
"""Files of web/ that each page is built with, beside its own and those of web/shared/."""


def check_pages(root: Path) -> Outcome:
    """Compare the digest in the first line of each built file with that of its sources."""
    web = root / "web"
    apps = sorted(folder.parent.name for folder in web.glob("*/main.tsx"))
    problems = []
    for app in apps:
        built = sorted(
            path for path in (root / "semstyle" / app / "app").glob(f"{app}.*") if path.suffix in {".js", ".css"}
        )
        if not any(path.suffix == ".js" for path in built):
            problems.append(f"semstyle/{app}/app/{app}.js: is not there; `npm run build` in web/ makes it")
        expected = digest_of_sources(web, app)
        for path in built:
            told = TOLD.search(path.read_text(encoding="utf-8").partition("\n")[0])
            if told is None or told.groups() != (app, expected):
                name = path.relative_to(root)
                problems.append(
                    f"{name}: is not built from the sources of now; run `npm run build` in web/ and commit it"
                )
    return Outcome(", ".join(apps) or "there is no web/", problems)


def check_page_licences(lock: str, allowed: Mapping[str, str]) -> Outcome:
    """Check the licences of the npm packages that become part of the pages; what only builds them is not passed on.

    Args:
        lock: Text of web/package-lock.json.
        allowed: SPDX identifiers that release/licences.toml allows.
    """
    packages = json.loads(lock)["packages"]
    within = {path.rpartition("node_modules/")[2]: one for path, one in packages.items() if path and not one.get("dev")}
    problems = [
        f"web/package-lock.json: {name} {one.get('version')} is under {one.get('license', 'no licence')}, which is not "
        "allowed; do without it, or review it for release/licences.toml"
        for name, one in sorted(within.items())
        if one.get("license") not in allowed
    ]
    return Outcome(f"{len(within)} npm packages in the pages: {', '.join(sorted(within))}", problems)


def digest_of_sources(web: Path, app: str) -> str:
    """Return the SHA-256 of a page's sources, as web/build.mjs works it out."""
    below = [path for folder in (app, "shared") for path in (web / folder).rglob("*") if path.is_file()]
    names = sorted(path.relative_to(web).as_posix() for path in [*below, *(web / name for name in SHARED)])
    whole = hashlib.sha256()
    for name in names:
        whole.update(f"{name}\0{hashlib.sha256((web / name).read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()
