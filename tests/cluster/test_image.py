"""The image: what the Dockerfile is made of, and its own install steps in a clean environment."""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[2]
DOCKERFILE = (REPOSITORY / "cluster" / "Dockerfile").read_text()
INSTALL = REPOSITORY / "cluster" / "install.sh"
COMPACT = "semstyle/engine/encoders/weights/compact.npz"
HOST_PYTHON = getattr(sys, "_base_executable", sys.executable)


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions: its name, and the rest on one line."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    pairs = [line.split(None, 1) for line in text.splitlines() if line.strip()]
    return [(name, rest) for name, rest in pairs]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for name, rest in instructions():
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest))
    return found


def rests(stage: list[tuple[str, str]], wanted: str) -> list[str]:
    return [rest for name, rest in stage if name == wanted]


def copied(stage: list[tuple[str, str]]) -> list[str]:
    """What a stage takes from the folder of the build."""
    return [name for rest in rests(stage, "COPY") if not rest.startswith("--from") for name in rest.split()[:-1]]


def ignored(path: str) -> bool:
    """Whether the build is not sent this file; as in .dockerignore, the last rule that fits decides."""
    rules = (REPOSITORY / "cluster" / "Dockerfile.dockerignore").read_text().splitlines()
    found = False
    for rule in (rule for rule in rules if rule and not rule.startswith("#")):
        pattern = rule.removeprefix("!").removeprefix("**/")
        parts = Path(path).parts
        places = [path, *map(str, Path(path).parents), *(parts if rule.startswith("**/") else ())]
        if any(fnmatch.fnmatchcase(place, pattern) for place in places):
            found = not rule.startswith("!")
    return found


def test_a_second_stage_takes_only_what_was_installed() -> None:
    builder, image = stages()
    assert {rest.split()[0] for stage in (builder, image) for rest in rests(stage, "FROM")} == {"python:3.11-slim"}
    assert rests(image, "COPY") == ["--from=builder /opt/semstyle /opt/semstyle", "jobs jobs"]
    assert not any("pip" in rest or "install.sh" in rest for rest in rests(image, "RUN"))
    assert any("PATH=/opt/semstyle/bin:$PATH" in rest for rest in rests(image, "ENV"))


def test_it_does_not_run_as_root() -> None:
    _, image = stages()
    assert rests(image, "USER") == ["1000"]
    names = [name for name, _ in image]
    assert names.index("USER") > max(position for position, name in enumerate(names) if name in {"RUN", "COPY"})
    assert any("useradd" in rest and "--uid 1000" in rest for rest in rests(image, "RUN"))


def test_every_file_that_it_copies_exists_and_is_sent_to_the_build() -> None:
    names = [name for stage in stages() for name in copied(stage)]
    assert names
    for name in names:
        assert (REPOSITORY / name).exists(), name
        assert not ignored(name), name
    assert not ignored("semstyle/cli.py") and not ignored("manifests/nightly.yaml")
    for secret in (".env", ".git/config", ".venv/bin/python", "out/x.png", "semstyle/__pycache__/cli.pyc"):
        assert ignored(secret), secret
    assert ignored("manifests/demo/photographs/china.jpg"), "made where they are used"


def test_dependencies_are_a_layer_below_the_code() -> None:
    builder, _ = stages()
    lines = [f"{name} {rest}" for name, rest in builder]
    dependencies = lines.index("RUN cluster/install.sh dependencies /opt/semstyle")
    assert dependencies < lines.index("COPY semstyle semstyle")
    assert "COPY pyproject.toml constraints.txt ./" in lines[:dependencies]


def test_it_has_what_triton_compiles_with_and_what_kuberay_asks_for() -> None:
    _, image = stages()
    (packages,) = re.findall(
        r"apt-get install --yes --no-install-recommends ([a-z0-9 .-]+?) *&&", str(rests(image, "RUN"))
    )
    # Its own Python, with headers beside it; Debian's would need python3-dev.
    assert set(packages.split()) == {"gcc", "libc6-dev", "openssl", "wget"}


def test_weights_are_chosen_when_it_is_built() -> None:
    builder, image = stages()
    assert {"WEIGHTS=", "WEIGHTS_SHA256="} <= set(rests(builder, "ARG"))
    assert 'cluster/install.sh weights /opt/semstyle "$WEIGHTS" "$WEIGHTS_SHA256"' in rests(builder, "RUN")
    assert any("TORCH_HOME=/opt/semstyle/torch" in rest for rest in rests(image, "ENV"))


def test_its_health_is_rays() -> None:
    _, image = stages()
    (check,) = rests(image, "HEALTHCHECK")
    command = check[check.index("CMD ") + 4 :]
    program = re.fullmatch(r'\["python", "-c", "(.+)"\]', command)
    assert program and "52365/api/healthz" in program[1]
    compile(program[1], "HEALTHCHECK", "exec")


@pytest.mark.parametrize(
    ("arguments", "says"), [(["nonsense", "x"], "is no step"), ([], "dependencies, package or weights")]
)
def test_a_step_that_is_none(arguments: list[str], says: str) -> None:
    ended = subprocess.run(["sh", INSTALL, *arguments], cwd=REPOSITORY, capture_output=True, text=True)
    assert ended.returncode != 0 and says in ended.stderr


def project(folder: Path) -> Path:
    """What the build is sent, as a folder of its own."""
    target = folder / "build"
    for name in copied(stages()[0]):
        source = REPOSITORY / name
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(
                source,
                target / name,
                ignore=lambda at, names: [
                    one for one in names if ignored(str((Path(at) / one).relative_to(REPOSITORY)))
                ],
            )
        else:
            shutil.copy(source, target / name)
    return target


def test_dependencies_are_those_of_pyproject_at_exact_versions(tmp_path: Path) -> None:
    """The step itself, with a pip that tells what it would install."""
    folder = project(tmp_path)
    python = tmp_path / "python"
    python.write_text(
        f"""#!/bin/sh
        case $1 in
        -m) case $2 in
            venv) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
            pip) shift 2; echo "$@" > {tmp_path}/arguments; eval cp "\\${{$#}}" {tmp_path}/names ;;
            esac ;;
        *) exec {sys.executable} "$@" ;;
        esac
        """
    )
    python.chmod(0o755)
    subprocess.run(
        ["sh", folder / "cluster" / "install.sh", "dependencies", tmp_path / "target"],
        cwd=folder,
        env={**os.environ, "PYTHON": str(python)},
        check=True,
    )
    assert "--constraint constraints.txt" in (tmp_path / "arguments").read_text()
    asked = {Requirement(line).name for line in (tmp_path / "names").read_text().splitlines()}
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    wanted = [
        *settings["dependencies"],
        *(settings["optional-dependencies"][name][0] for name in ("demo", "onnx", "clouds")),
    ]
    assert {Requirement(one).name for one in wanted} <= asked
    assert "pytest" not in asked


@pytest.mark.chaos
@pytest.mark.timeout(1200)
def test_the_same_steps_in_a_clean_environment_make_one_that_renders(tmp_path: Path, pictures: Path) -> None:
    folder, target = project(tmp_path), tmp_path / "environment"
    clean = {"PATH": os.defpath, "HOME": str(tmp_path), "PYTHON": HOST_PYTHON, "SEMSTYLE_VERSION": "9.8.7"}
    steps = [["dependencies"], ["package"], ["weights", str(folder / COMPACT)]]
    for step, *more in steps:
        command = ["sh", folder / "cluster" / "install.sh", step, target, *more]
        ended = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True)
        assert ended.returncode == 0, f"{step}\n{ended.stdout[-3000:]}\n{ended.stderr[-3000:]}"
    shutil.rmtree(folder)
    weights = target / "weights" / Path(COMPACT).name
    assert f"encoder={weights}" in ended.stdout

    def program(*arguments: object) -> str:
        ended = subprocess.run(
            [target / "bin" / "semstyle", *map(str, arguments)], cwd=tmp_path, env=clean, capture_output=True, text=True
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    assert "9.8.7" in program("--version")
    style = pictures / "style.png"
    program("render", "--style", style, "--size", "32x32", "--set", "iterations=2", "-o", "compact.png")
    program(
        *("render", "--style", style, "--size", "32x32", "--set", "iterations=2"),
        *("--set", f"encoder={weights}", "-o", "file.png"),
    )
    with Image.open(tmp_path / "compact.png") as compact, Image.open(tmp_path / "file.png") as file:
        assert compact.tobytes() == file.tobytes(), "the same weights"
    nightly = [target / "bin" / "python", REPOSITORY / "jobs" / "nightly.py", "out", "--dry-run"]
    shutil.copytree(REPOSITORY / "jobs", tmp_path / "jobs")  # without the checkout beside it, as in the image
    nightly[1] = tmp_path / "jobs" / "nightly.py"
    told = subprocess.run(nightly, cwd=tmp_path, env=clean, capture_output=True, text=True)
    assert told.returncode == 0 and "would render" in told.stdout, told.stdout + told.stderr
