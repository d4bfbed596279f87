"""The engine needs only torch, torchvision, numpy and pillow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import importlib.metadata, importlib.abc, sys

allowed = {"torch", "torchvision", "numpy", "pillow"}
pending = list(allowed)
while pending:  # what these four themselves require is there as well
    for line in importlib.metadata.requires(pending.pop()) or []:
        name = __import__("re").match("[A-Za-z0-9_.-]+", line).group().lower().replace("_", "-")
        if "extra ==" not in line and name not in allowed:
            allowed.add(name)
            try:
                importlib.metadata.distribution(name)
            except importlib.metadata.PackageNotFoundError:
                continue
            pending.append(name)
blocked = {
    module
    for module, names in importlib.metadata.packages_distributions().items()
    if module != "semstyle" and not {name.lower().replace("_", "-") for name in names} & allowed
}
assert {"ray", "pyarrow", "s3fs", "safetensors", "pydantic", "yaml", "typer"} <= blocked, blocked

class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in blocked:
            raise ModuleNotFoundError(f"{name} is blocked", name=name)

sys.meta_path.insert(0, Blocker())

import numpy, torch
from PIL import Image
from semstyle.engine import Parameters, render

parameters = Parameters(size=64, phases=1, iterations=3)
maps = torch.zeros(1, 64, 64), torch.zeros(1, 64, 64)
image = render(torch.rand(3, 64, 64), *maps, torch.rand(3, 64, 64), parameters).to_pil()
image.save("style.png")
numpy.save("map.npy", numpy.zeros((64, 64)))
again = render(["style.png", image], ["map.npy"] * 2, Image.new("L", (64, 64)), numpy.asarray(image), parameters)
assert "fsspec" not in sys.modules
print("rendered", image.size, again.to_pil().size)
"""


def test_imports_and_renders_with_everything_else_blocked(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "rendered (64, 64) (64, 64)"
