"""``semstyle demo`` from the package alone: a wheel, unpacked where there is no repository."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from programs import REPOSITORY, environment, run, semstyle

from semstyle.demo import photographs
from semstyle.demo.photographs import write_photographs
from semstyle.errors import InputError


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The folder of an unpacked wheel."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("semstyle-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "package")
    spec = tmp_path / "package" / "semstyle" / "demo" / "manifests" / "demo.yaml"
    large = spec.read_text()
    assert "size: 640, iterations: 80" in large
    spec.write_text(large.replace("size: 640, iterations: 80", "size: 128, iterations: 3"))  # or it takes two minutes
    return tmp_path / "package"


def test_it_renders_from_an_installed_package(package: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "semstyle", "demo", "--limit", "1"]
    variables = environment(PYTHONPATH=str(package))
    ended = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "1 rendered, 0 there before, 0 failed" in ended.stdout
    out = tmp_path / "semstyle-demo"
    (result,) = pq.read_table(out / "results").to_pylist()
    assert result["style"] == "demo/photographs/china.jpg" or result["style"].endswith("/photographs/china.jpg")
    assert str(out / "inputs") in result["style"], "of the user's own folder, to change and run again"
    assert len(list((out / "images").iterdir())) == 1


def test_its_inputs_can_be_had_alone(tmp_path: Path) -> None:
    ended = run(semstyle("demo", "--inputs-only", "-o", "demo"), tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert {path.name for path in (tmp_path / "demo").iterdir()} == {"inputs"}
    shown = run(semstyle("manifest", "validate", "--check-inputs", "demo/inputs/manifest.parquet"), tmp_path)
    assert "13 rows, no problems" in shown.stdout, shown.stderr


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(photographs, "PHOTOGRAPHS", {"no-such-package": ("a.png",)})
    with pytest.raises(InputError, match=r"no-such-package is not installed.*pip install 'semstyle\[demo\]'"):
        write_photographs(tmp_path)
