"""Finding out whether NVIDIA's driver is too old for the CUDA that torch was built with."""

from __future__ import annotations

import re
from pathlib import Path

import torch

VERSION_FILE = Path("/proc/driver/nvidia/version")
OLDEST_DRIVERS = {11: 450, 12: 525, 13: 580}
"""CUDA's major version → the oldest driver that runs all of it, from NVIDIA's table of minor version compatibility."""
TOO_OLD = re.compile(r"driver on your system is too old(?: \(found version (\d+)\))?")
ADVICE = "update the driver, or install a torch that is built for an older CUDA (docs/install.md)"
NO_CUDA_ADVICE = "install a torch that is built for CUDA (docs/install.md), or render on CPUs with --gpus-per-render 0"


def why_unusable() -> tuple[str, str] | None:
    """Say why this torch can use no GPU with this machine's driver, and what to do; None when that is not the cause.

    Meant for when ``torch.cuda.is_available()`` is false; it asks torch why.
    """
    built = torch.version.cuda
    if built is None:
        return None if torch.version.hip else (f"torch {torch.__version__} is built without CUDA", NO_CUDA_ADVICE)
    try:
        torch.cuda.init()  # type: ignore[no-untyped-call]
    except Exception as error:  # torch has errors of several types for this
        too_old = TOO_OLD.search(str(error))
    else:
        return None
    return (found_and_needed(built, too_old[1]), ADVICE) if too_old else None


def found_and_needed(built: str, cuda_of_driver: str | None) -> str:
    """Say which driver there is and which is needed.

    Args:
        built: The CUDA version of torch, such as ``13.0``.
        cuda_of_driver: The newest CUDA that the driver knows, as CUDA writes it: 12020 is 12.2.
    """
    reads = ""
    if cuda_of_driver:
        major, minor = divmod(int(cuda_of_driver), 1000)
        reads = f", which knows CUDA up to {major}.{minor // 10},"
    oldest = OLDEST_DRIVERS.get(int(built.partition(".")[0]))
    needed = f"{oldest} or newer" if oldest else "a newer one"
    found = installed_driver() or "of unknown version"
    torch_is = f"torch {torch.__version__} is built for CUDA {built}"
    return f"NVIDIA's driver {found}{reads} is too old: {torch_is}, which needs {needed}"


def installed_driver() -> str | None:
    """Return the version of the driver that this machine's kernel has loaded, such as 535.104.05."""
    try:
        found = re.search(r"\b\d+\.\d+(?:\.\d+)*\b", VERSION_FILE.read_text().partition("\n")[0])
    except OSError:
        return None
    return found[0] if found else None
