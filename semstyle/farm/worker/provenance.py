"""Finding out what this process renders with."""

from __future__ import annotations

import functools
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

import semstyle
from semstyle.engine.encoders.digest import weights_digest
from semstyle.engine.encoders.encoder import Encoder
from semstyle.farm.output.provenance import Provenance
from semstyle.farm.worker.nvidia_driver import installed_driver

COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def provenance(encoder: Encoder, device: torch.device) -> Provenance:
    """Return what renders with ``encoder`` on ``device`` are made by."""
    return Provenance(
        encoder_sha256=weights_digest(encoder),
        semstyle_commit=commit_of(Path(semstyle.__file__).parents[1]),
        torch_version=torch.__version__,
        ray_version=installed("ray"),
        python_version=platform.python_version(),
        driver_version=installed_driver() if device.type == "cuda" else None,
    )


@functools.cache
def installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@functools.cache
def commit_of(checkout: Path) -> str | None:
    """Return the commit of a checkout, read from git's own files; None where there is none, or it cannot be told."""
    git = checkout / ".git"
    try:
        if git.is_file():  # a work tree beside its repository
            git = checkout / git.read_text().removeprefix("gitdir:").strip()
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref:"):
            return head if COMMIT.fullmatch(head) else None
        name = head.removeprefix("ref:").strip()
        common = git / "commondir"
        place = git / common.read_text().strip() if common.exists() else git
        loose = place / name
        if loose.exists():
            found = loose.read_text().strip()
            return found if COMMIT.fullmatch(found) else None
        packed = (place / "packed-refs").read_text().splitlines()
        return next((line.split()[0] for line in packed if line.endswith(f" {name}")), None)
    except (OSError, UnicodeDecodeError):
        return None
