"""A worker imports what its rows need and no more."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from programs import run

PROGRAM = """
import gc, json, sys
from semstyle.farm.attempt import Assignment, Committed, Started
from semstyle.farm.demand import Demand
from semstyle.farm.worker import task
from semstyle.manifest.row import Position, make_row

task.node_id = lambda: "node"  # Ray's
inputs = {name: f"{sys.argv[1]}/{name}.png" for name in ("style", "style_map", "target_map")}
frozen = [gc.get_freeze_count()]
for seed in range(2):
    row = make_row({**inputs, "size": 32, "iterations": 1, "seed": seed}, Position("m.parquet", 1 + seed), ".")
    started, answer = task.perform(Assignment(row, "out", "run", Demand(0, 1)))
    assert isinstance(started, Started) and isinstance(answer, Committed) and not answer.remarks, answer
    frozen.append(gc.get_freeze_count())
print(json.dumps({"frozen": frozen, "modules": sorted(sys.modules)}))
"""
UNUSED = {
    "skimage": "no map is made",
    "scipy.cluster": "no map is made",
    "scipy.ndimage": "no map is made",
    "scipy.optimize": "no map is made",
    "scipy.sparse": "no map is made",
    "torchvision": "the encoder is in the package",
    "torch._dynamo": "nothing is compiled by torch",
    "sympy": "nothing is compiled by torch",
    "s3fs": "all is on this machine",
    "semstyle.manifest.specs": "there is no grid",
    "semstyle.commands": "no one types anything",
}


def test_an_attempt_at_a_row_with_maps_loads_little(tmp_path: Path, pictures: Path) -> None:
    ended = run([sys.executable, "-c", PROGRAM, str(pictures)], tmp_path)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    loaded = set(told["modules"])
    assert {"torch", "semstyle.engine.patches.match_cpu", "semstyle.evaluate.judgement"} <= loaded
    assert {name: why for name, why in UNUSED.items() if name in loaded} == {}
    before, first, second = told["frozen"]
    assert first > before + 100_000, "torch is not looked through again and again"
    assert second <= first, "nor is what a later render leaves kept from the collector"
