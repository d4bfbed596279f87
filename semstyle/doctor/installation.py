"""This module checks the packages, the machine's processors, memory and disk, and what the package itself carries."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from semstyle import __version__
from semstyle.doctor.finding import Finding, ill, note, well

NEEDED = ("torch", "torchvision", "numpy", "pillow", "ray", "pyarrow", "fsspec", "s3fs", "pydantic", "safetensors")
MODULES = {"pillow": "PIL"}
OPTIONAL = {
    "numba": "matching on a CPU is some four times slower without it",
    "onnxruntime": "reads networks in ONNX that make maps: pip install 'semstyle[onnx]'",
    "scikit-learn": "carries two photographs of `semstyle demo`: pip install 'semstyle[demo]'",
}
LITTLE_MEMORY, LITTLE_DISK = 4 * 2**30, 2**30


def look_at_installation() -> Iterator[Finding]:
    """Check the packages first, as what follows needs them."""
    yield well(
        "semstyle", f"{__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    )
    yield from map(look_at_package, NEEDED)
    for package, use in OPTIONAL.items():
        try:
            yield well(package, version(package))
        except PackageNotFoundError:
            yield note(package, "is not installed", use)


def look_at_package(package: str) -> Finding:
    try:
        importlib.import_module(MODULES.get(package, package))
        return well(package, version(package))
    except Exception as error:  # a broken installation may raise anything
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        return ill(package, f"cannot be imported ({first})", "pip install -c constraints.txt semstyle")


def look_at_machine() -> Iterator[Finding]:
    """Check processors, threads, memory and room for temporary files."""
    import torch

    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    threads = torch.get_num_threads()
    chosen = os.environ.get("OMP_NUM_THREADS")
    message = f"{cores} cores, {threads} threads" + (f" (OMP_NUM_THREADS={chosen})" if chosen else "")
    too_many = threads > cores
    yield (
        note("processors", message, "more threads than cores are slower; unset OMP_NUM_THREADS")
        if too_many
        else well("processors", message)
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    size = f"{memory / 2**30:.1f} GiB"
    yield (
        note("memory", size, "renders above 1024 pixels need more than 4 GiB")
        if memory < LITTLE_MEMORY
        else well("memory", size)
    )
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    room = f"{free / 2**30:.1f} GiB free in {folder}"
    yield (
        note("disk", room, "tables of large runs are gathered there; set TMPDIR to a folder with more room")
        if free < LITTLE_DISK
        else well("disk", room)
    )


def look_at_device() -> Iterator[Finding]:
    """Check the GPU and its driver, if there are any."""
    import torch

    from semstyle.farm.worker.nvidia_driver import ADVICE, installed_driver, why_unusable

    built = torch.version.cuda
    if torch.cuda.is_available():
        name, memory = torch.cuda.get_device_name(0), torch.cuda.get_device_properties(0).total_memory
        yield well("device", f"{torch.cuda.device_count()} × {name}, {memory / 2**30:.0f} GiB, CUDA {built}")
    elif shutil.which("nvidia-smi") and (driver := installed_driver()):
        puzzle = f"NVIDIA's driver {driver} is there, and torch {torch.__version__} for CUDA {built} cannot use it"
        yield ill("device", *(why_unusable() or (puzzle, f"see whether `nvidia-smi` finds a GPU; else {ADVICE}")))
    else:
        yield note("device", "no GPU that torch can use: renders run on the CPU")


def look_at_weights() -> Iterator[Finding]:
    """Check the encoder in the package, and VGG-19 if it was downloaded."""
    import torch
    from torchvision.models import VGG19_Weights

    from semstyle.engine import load_encoder
    from semstyle.errors import SemstyleError

    try:
        load_encoder("compact")
        yield well("compact", "the encoder in the package can be read")
    except SemstyleError as error:
        yield ill("compact", str(error), "install semstyle again")
    file = Path(torch.hub.get_dir()) / "checkpoints" / Path(VGG19_Weights.IMAGENET1K_V1.url).name
    yield (
        well("vgg19", f"downloaded to {file}")
        if file.exists()
        else note("vgg19", "is not downloaded; 548 MB come when encoder=vgg19 is first used")
    )


def look_at_confinement() -> Iterator[Finding]:
    """Check whether the system can keep strangers' networks away from files."""
    try:
        from py_landlock import LandlockError, get_abi_version
    except ImportError:
        yield note(
            "landlock", "is not installed", "strangers' networks have one line of defence less; docs/security.md"
        )
        return
    try:
        yield well("landlock", f"ABI {get_abi_version()}: strangers' networks run without access to files")
    except (LandlockError, OSError):
        yield note(
            "landlock", "this kernel or container has none", "run strangers' networks elsewhere; docs/security.md"
        )


def look_at_fonts() -> Iterator[Finding]:
    """Check the fonts that label contact sheets."""
    from PIL import features

    if features.check("freetype2"):
        yield well("fonts", "contact sheets have labels in a font that Pillow brings")
    else:
        yield ill("fonts", "this Pillow has no FreeType, so contact sheets cannot be labelled", "pip install pillow")
