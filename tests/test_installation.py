"""docs/install.md: the ways to do without CUDA leave out what they say, and semstyle renders without it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from programs import REPOSITORY, environment

PAGE = (REPOSITORY / "docs" / "install.md").read_text()
OVERRIDES = [
    Requirement(line) for line in (REPOSITORY / "overrides-cpu.txt").read_text().splitlines() if line[:1] not in "#"
]
CUDA = ("nvidia-", "cuda-", "triton")
LINKED_LIBRARIES = "torch/lib"
"""torch's libraries look for CUDA's two folders above their own."""


def stand_in(installed: Distribution, folder: Path, local: str = "") -> None:
    """Write a wheel with the name, version and needs of an installed package, and nothing else.

    Args:
        local: A local version, such as ``cpu``, whose wheel asks for nothing of CUDA.
    """
    name = canonicalize_name(installed.metadata["Name"]).replace("-", "_")
    version = installed.version + (f"+{local}" if local else "")
    needs = [need for need in installed.requires or [] if not (local and need.startswith(CUDA))]
    extras = installed.metadata.get_all("Provides-Extra") or []
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Provides-Extra: {extra}" for extra in extras] + [f"Requires-Dist: {need}" for need in needs]
    files = {
        "METADATA": "\n".join(lines) + "\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    information = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        record = [f"{information}/RECORD,,"]
        for file, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            wheel.writestr(f"{information}/{file}", text)
            record.append(f"{information}/{file},sha256={digest},{len(text)}")
        wheel.writestr(f"{information}/RECORD", "\n".join(record) + "\n")


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two folders of stand-ins: all that is installed here, for PyPI, and torch and torchvision for CPUs."""
    everything, for_cpus = (tmp_path_factory.mktemp(name) for name in ("pypi", "cpu"))
    for installed in distributions():
        stand_in(installed, everything)
    for name in ("torch", "torchvision"):
        stand_in(distribution(name), for_cpus, "cpu")
    return everything, for_cpus


def resolved(command: str, folders: Iterable[Path]) -> dict[str, str]:
    """Name → version of what ``pip install …`` of the page would install if ``folders`` were all there is."""
    words = [word.replace(".[demo]", "semstyle[demo]") for word in shlex.split(command)[2:]]
    if "--extra-index-url" in words:
        at = words.index("--extra-index-url")
        del words[at : at + 2]
    links = [f"--find-links={folder}" for folder in folders]
    pip = [sys.executable, "-m", "pip", "--isolated", "install", "--quiet", "--no-index", *links]
    ended = subprocess.run(
        [*pip, "--dry-run", "--ignore-installed", "--report", "-", *words],
        cwd=REPOSITORY,
        env=environment(PIP_CONFIG_FILE="/dev/null"),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    installs = [one["metadata"] for one in json.loads(ended.stdout)["install"]]
    return {canonicalize_name(one["name"]): one["version"] for one in installs}


def command_with(words: str) -> str:
    """The one command of the page that has these words, on one line."""
    (found,) = (line for line in PAGE.replace("\\\n", "").splitlines() if words in line and "install" in line)
    return re.sub(r"\s+", " ", found.partition(" #")[0]).removeprefix(".venv/bin/").strip()


def test_the_plain_command_brings_cuda(indexes: tuple[Path, Path]) -> None:
    found = resolved(command_with("pip install -c constraints.txt '.[demo]'"), indexes[:1])
    assert found["torch"] == distribution("torch").version
    assert sum(name.startswith(CUDA) for name in found) > 10


def test_with_pytorchs_own_index_nothing_of_cuda_comes(indexes: tuple[Path, Path]) -> None:
    found = resolved(command_with("--extra-index-url https://download.pytorch.org/whl/cpu"), indexes)
    assert {name: found[name] for name in ("torch", "torchvision")} == {
        name: f"{distribution(name).version}+cpu" for name in ("torch", "torchvision")
    }
    assert [name for name in found if name.startswith(CUDA)] == []


def test_what_is_overridden_is_asked_for_by_torch_and_by_nothing_else() -> None:
    assert "--override overrides-cpu.txt" in command_with("uv pip install")
    torch = distribution("torch")
    for override in OVERRIDES:
        assert override.marker is not None and not override.marker.evaluate()
        askers = [one.metadata["Name"] for one in distributions() if asks_for(one, override.name)]
        assert set(askers) <= {"torch", "cuda-toolkit"}, f"{override.name} is needed by {askers}"
    assert asks_for(torch, "triton")


def asks_for(installed: Distribution, name: str) -> bool:
    return any(
        canonicalize_name(Requirement(need).name) == canonicalize_name(name) for need in installed.requires or []
    )


@pytest.fixture
def without_overridden(tmp_path: Path) -> Path:
    """A folder of links to all installed packages but those that the overrides leave out."""
    source, target = Path(sysconfig.get_path("platlib")), tmp_path / "packages"
    left_out = {
        (source / str(file)).resolve() for override in OVERRIDES for file in distribution(override.name).files or ()
    }
    assert len(left_out) > 100
    shared = {file.relative_to(source).parts[0] for file in left_out if file.is_relative_to(source)}
    for entry in source.iterdir():
        if entry.name in shared:
            link_files(entry, target / entry.name, left_out)
        elif entry.name == Path(LINKED_LIBRARIES).parts[0]:
            link_entries(entry, target / entry.name)
        else:
            target.mkdir(exist_ok=True)
            (target / entry.name).symlink_to(entry)
    linked = target / LINKED_LIBRARIES
    linked.unlink()
    link_entries(source / LINKED_LIBRARIES, linked)
    return target


def link_entries(source: Path, target: Path) -> None:
    """A folder of its own with a link to everything in ``source``."""
    target.mkdir(parents=True)
    for entry in source.iterdir():
        (target / entry.name).symlink_to(entry)


def link_files(source: Path, target: Path, but: set[Path]) -> None:
    """The tree of ``source`` with a link for every file that is not among ``but``."""
    files = [source] if source.is_file() else [path for path in source.rglob("*") if path.is_file()]
    for file in files:
        if file.resolve() not in but:
            link = target / file.relative_to(source)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(file)


PROGRAM = """
import importlib.util, sys
sys.path[:0] = sys.argv[1:3]
del sys.argv[1:3]
assert importlib.util.find_spec("triton") is None
from semstyle.cli import main
main()
"""


def test_a_cpu_renders_without_what_is_overridden(without_overridden: Path, pictures: Path, tmp_path: Path) -> None:
    python = [sys.executable, "-I", "-S", "-c", PROGRAM, str(REPOSITORY), str(without_overridden)]
    render = ["render", "--style=style.png", "--size=32x32", "--set=iterations=2", f"--out={tmp_path / 'out.png'}"]
    ended = subprocess.run([*python, *render], cwd=pictures, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "out.png").exists()
