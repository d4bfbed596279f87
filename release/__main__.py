"""`python -m release`: build what would be published into dist/, and say whether it may be."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import distributions
from pathlib import Path

from release.audit import audit
from release.changelog import check_changelog
from release.contents import check_source, check_wheel
from release.description import check_description
from release.distributions import Distributions, build, build_from_checkout, check_reproducible, write_digests
from release.environment import CleanEnvironment
from release.inventory import check_inventory, write_inventory
from release.licences import PAGE as POLICY
from release.licences import Policy, check_licences, read_policy
from release.metadata import check_metadata
from release.outcome import Outcome
from release.pages import check_page_licences, check_pages
from release.pictures import PAGE as PICTURES
from release.pictures import SOURCES_PAGE, check_pictures
from release.program import ProgramError
from release.repository import ROOT, commit_time, files_of
from release.tools import check_tools
from release.trial import check_installed
from semstyle.version import built_version, release_of

OUT = ROOT / "dist"
EXTRAS = ("demo",)


class Rehearsal:
    """Runs the checks one after the other, prints what came of each, and counts what is wrong."""

    def __init__(self) -> None:
        self.problems = 0
        self.undone: list[str] = []

    def check(self, name: str, checked: Callable[[], Outcome]) -> None:
        """Make one check; one that cannot be made is a problem."""
        began = time.monotonic()
        try:
            outcome = checked()
        except ProgramError as error:
            outcome = Outcome("failed", [str(error)])
        self.problems += len(outcome.problems)
        if not outcome.is_done:
            self.undone.append(name)
        first, *others = outcome.lines(name)
        print("\n".join([f"{first} ({time.monotonic() - began:.0f} s)", *others]), flush=True)


def check_all(folder: Path, is_quick: bool) -> Rehearsal:
    """Check everything.

    Args:
        folder: An empty folder for what is not kept.
        is_quick: Leave out what needs the wheel to be installed.

    Raises:
        ProgramError: when nothing could be built.
    """
    rehearsal, version, when = Rehearsal(), built_version(), commit_time(ROOT)
    print(f"semstyle {version}: {'a release' if version == release_of(version) else 'a rehearsal, not a release'}")
    rehearsal.check("tools", check_tools)
    rehearsal.check("changelog", lambda: check_changelog((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version))
    rehearsal.check("pictures", check_all_pictures)
    rehearsal.check("pages", lambda: check_pages(ROOT))
    policy, lock = read_policy(ROOT / POLICY), ROOT / "web" / "package-lock.json"
    if lock.exists():
        rehearsal.check("page licences", lambda: check_page_licences(lock.read_text(encoding="utf-8"), policy.allowed))
    shutil.rmtree(OUT, ignore_errors=True)
    built = build(ROOT, OUT, when)
    rehearsal.check("the same again", lambda: check_again(built, folder, when))
    rehearsal.check("wheel", lambda: check_wheel(built.wheel))
    rehearsal.check("source", lambda: check_source(built.source))
    rehearsal.check("metadata", lambda: check_metadata(built))
    rehearsal.check("description", lambda: check_description(built.wheel))
    if not is_quick:
        check_in_clean_environment(rehearsal, built, CleanEnvironment(folder / "clean"), policy, when)
    write_digests(sorted(path for path in OUT.iterdir() if path.is_file()), OUT / "SHA256SUMS")
    return rehearsal


def check_in_clean_environment(
    rehearsal: Rehearsal, built: Distributions, clean: CleanEnvironment, policy: Policy, when: str
) -> None:
    """Install the wheel where nothing else is, and check what it does and what came with it."""
    version = built.wheel.name.split("-")[1]
    clean.folder.mkdir()
    shutil.copy(ROOT / "constraints.txt", clean.folder)
    wheel = Path(shutil.copy(built.wheel, clean.folder))
    rehearsal.check("installation", lambda: install(clean, wheel))
    rehearsal.check("trial", lambda: check_installed(clean, version))
    rehearsal.check("licences", lambda: check_licences(distributions(path=[str(clean.packages)]), policy))
    listed = OUT / f"semstyle-{version}.cdx.json"
    rehearsal.check("inventory", lambda: list_packages(clean, version, listed, when))
    rehearsal.check("vulnerabilities", lambda: audit(clean.packages, ROOT / POLICY))


def check_again(built: Distributions, folder: Path, when: str) -> Outcome:
    """Build everything a second time, elsewhere, and the wheel once more without the source distribution."""
    again = build(ROOT, folder / "again", when)
    return check_reproducible(built, again, build_from_checkout(ROOT, folder / "checkout", when))


def check_all_pictures() -> Outcome:
    """Check the repository's pictures."""
    page, sources = ((ROOT / name).read_text(encoding="utf-8") for name in (PICTURES, SOURCES_PAGE))
    return check_pictures(page, sources, files_of(ROOT))


def install(clean: CleanEnvironment, wheel: Path) -> Outcome:
    """Install the wheel with the demo's packages."""
    clean.create()
    clean.install(wheel, EXTRAS, clean.folder / "constraints.txt")
    return Outcome(f"{wheel.name} with {', '.join(EXTRAS)}, and nothing of the repository")


def list_packages(clean: CleanEnvironment, version: str, to: Path, when: str) -> Outcome:
    """Write the inventory and check it."""
    write_inventory(clean, version, to, when)
    return check_inventory(to, distributions(path=[str(clean.packages)]))


def main() -> int:
    """Check a release; returns the exit code: 0 when nothing is wrong, else 1."""
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave out what needs the wheel to be installed: seconds")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="semstyle-release-") as folder:
        try:
            rehearsal = check_all(Path(folder), chosen.quick)
        except ProgramError as error:
            print(f"release: {error}", file=sys.stderr)
            return 1
    undone = f"; not done here: {', '.join(rehearsal.undone)}" if rehearsal.undone else ""
    print(f"{rehearsal.problems or 'no'} problems{undone}; what would be uploaded is in {OUT.name}/")
    return 1 if rehearsal.problems else 0


if __name__ == "__main__":
    sys.exit(main())
