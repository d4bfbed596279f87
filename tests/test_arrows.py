"""The arrows between rooms: as the page draws them, and found when one goes up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "semstyle", copy / "semstyle", ignore=shutil.ignore_patterns("__pycache__", "*.npz"))
    shutil.copy(ROOT / ".importlinter", copy)
    return copy


def test_all_arrows_go_down(house: Path) -> None:
    checked = lint_imports(house)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("storage/redaction.py", "import semstyle.farm.run"),
        ("engine/patches/vote.py", "from semstyle.engine.optimised.lbfgs import BoundedLBFGS"),
        ("farm/output/commit.py", "def later() -> None:\n    from semstyle.farm.driver.fleet import Fleet"),
        ("commands/render.py", "def later() -> None:\n    from semstyle.farm.worker import worker_state"),
    ],
)
def test_an_arrow_that_goes_up_is_found(house: Path, file: str, line: str) -> None:
    planted = house / "semstyle" / file
    before = planted.read_text()
    planted.write_text(f"{before}\n\n{line}\n")
    try:
        checked = lint_imports(house)
    finally:
        planted.write_text(before)
    assert checked.returncode == 1 and "BROKEN" in checked.stdout
    assert f"semstyle.{file.removesuffix('.py').replace('/', '.')} ->" in checked.stdout
