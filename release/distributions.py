"""Building the wheel and the source distribution, so that whoever builds them again has the same bytes."""

from __future__ import annotations

import hashlib
import os
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from release.outcome import Outcome
from release.program import run


@dataclass(frozen=True)
class Distributions:
    """What is uploaded."""

    wheel: Path
    source: Path

    @property
    def paths(self) -> list[Path]:
        """Both files."""
        return [self.wheel, self.source]


def build(root: Path, out: Path, time: str) -> Distributions:
    """Build a source distribution, and a wheel from it, with the tools that constraints.txt pins.

    Args:
        time: When its files were changed, in seconds since 1970.

    Raises:
        ProgramError: when one cannot be built.
    """
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, root]
    run(command, root, {**os.environ, "SOURCE_DATE_EPOCH": time})
    (wheel,) = out.glob("*.whl")
    (source,) = out.glob("*.tar.gz")
    return Distributions(wheel, source)


def build_from_checkout(root: Path, out: Path, time: str) -> Path:
    """Build a wheel of the checkout itself, as `pip wheel .` does.

    Raises:
        ProgramError: when it cannot be built.
    """
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", out, root]
    run(command, root, {**os.environ, "SOURCE_DATE_EPOCH": time})
    (wheel,) = out.glob("*.whl")
    return wheel


def check_reproducible(built: Distributions, again: Distributions, of_checkout: Path) -> Outcome:
    """Compare what was built with what was built a second time, and with a wheel that did not go through the source."""
    problems = [
        f"{one.name}: differs when it is built again; a time, an order or a path of this machine is in it"
        for one, other in zip(built.paths, again.paths, strict=True)
        if digest(one) != digest(other)
    ]
    problems += [f"{name}: {what}" for name, what in differences(members(built.wheel), members(of_checkout)).items()]
    shown = ", ".join(f"{one.name} sha256 {digest(one)[:12]}…" for one in built.paths)
    return Outcome(f"{shown}; the checkout's own wheel has the same files", problems)


def differences(from_source: dict[str, str], from_checkout: dict[str, str]) -> dict[str, str]:
    """Tell by file how the wheel of the source distribution differs from the checkout's."""
    told = {}
    for name in sorted({*from_source, *from_checkout}):
        if name not in from_source:
            told[name] = "is missing in the wheel that the source distribution makes; include it in the sdist"
        elif name not in from_checkout:
            told[name] = "is only in the wheel that the source distribution makes"
        elif from_source[name] != from_checkout[name]:
            told[name] = "differs between the checkout's wheel and that of the source distribution"
    return told


def members(wheel: Path) -> dict[str, str]:
    """Return the SHA-256 of each file in a wheel but for its list of them, whose order is the builder's."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith(".dist-info/RECORD")]
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in names}


def digest(path: Path) -> str:
    """Return a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_digests(paths: list[Path], to: Path) -> None:
    """Write the files' SHA-256 as `sha256sum --check` reads them."""
    to.write_text("".join(f"{digest(path)}  {path.name}\n" for path in paths), encoding="utf-8")
