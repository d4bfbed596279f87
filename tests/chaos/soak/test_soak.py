"""A short soak, as ``make soak`` runs a long one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from programs import environment

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]


def test_a_short_soak_finds_nothing_wrong(tmp_path):
    program = [sys.executable, str(Path(__file__).parent), "--rows", "150", "--every", "6", "--out", str(tmp_path)]
    page = tmp_path / "page.md"
    page.write_text("<!-- soak: `make soak` writes what is between these lines -->\n<!-- /soak -->\n")
    done = subprocess.run(
        [*program, "--page", str(page)], env=environment(), capture_output=True, text=True, timeout=800
    )

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-3000:]}"
    report = json.loads((tmp_path / "soak.json").read_text())
    findings = {finding["name"]: finding for finding in report["findings"]}
    assert report["holds"] and report["settled"] == report["rows"] > 140
    assert findings["each row once"]["holds"] and findings["semstyle verify"]["holds"]
    assert report["faults"]["driver killed"] == 3 and report["faults"]["pause"] == 1
    assert any(name.startswith("request answered or cut") for name in report["faults"])
    assert {sample["kind"] for sample in report["samples"]} >= {"driver", "worker", "raylet", "gcs", "store"}
    assert "| each row once |" in page.read_text()
