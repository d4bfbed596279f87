"""Threads wait as the user says, else briefly, and before torch is loaded."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from programs import run

from semstyle.openmp import SPINS, let_others_work


@pytest.mark.parametrize(
    ("said", "spins"),
    [
        ({}, SPINS),
        ({"GOMP_SPINCOUNT": "7"}, "7"),
        ({"OMP_WAIT_POLICY": "active"}, None),
        ({"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "7"}, "7"),
    ],
)
def test_what_the_user_says_holds(said: dict[str, str], spins: str | None) -> None:
    environment = dict(said)
    let_others_work(environment)
    assert environment.get("GOMP_SPINCOUNT") == spins
    assert {name: environment[name] for name in said} == said


@pytest.mark.parametrize("module", ["semstyle", "semstyle.engine.renderer", "semstyle.evaluate.judged"])
def test_it_is_said_before_torch_is_loaded(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenMP tells what it has read as it is loaded."""
    for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY"):
        monkeypatch.delenv(name, raising=False)
    script = f"import os, sys; import {module}; print(os.environ['GOMP_SPINCOUNT']); import torch; torch.ones(3)"
    done = run([sys.executable, "-c", script], tmp_path, OMP_DISPLAY_ENV="verbose")
    assert done.stdout == f"{SPINS}\n"
    assert f"GOMP_SPINCOUNT = '{SPINS}'" in done.stderr
