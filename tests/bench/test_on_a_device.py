"""Benchmarks run on the device that they are told, and are compared with that device's floor."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from typer.testing import CliRunner

from semstyle.bench import floor, grid, machine, render
from semstyle.bench.figure import Figure
from semstyle.bench.floor import Operations, Rates
from semstyle.bench.grid import grid_figures
from semstyle.commands.bench import app
from semstyle.engine import Encoder, Parameters, Request
from semstyle.manifest.writer import write_manifest

CUDA = torch.device("cuda")
META = torch.device("meta")


class Watch(TorchDispatchMode):
    """Notes the devices of what is multiplied or copied, and how exact products are."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[tuple[str, str, str]] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if func.overloadpacket in {torch.ops.aten.mm, torch.ops.aten.copy_}:
            self.seen.add((func.overloadpacket._qualified_op_name, result.device.type, precision()))
        return result


def precision() -> str:
    return torch.get_float32_matmul_precision()


def test_rates_are_the_device_s_own_and_its_products_those_of_a_render() -> None:
    with Watch() as watch:
        machine.matmul_rate(8, META)
        machine.copy_rate(64, META)
    assert watch.seen == {("aten::mm", "meta", "high"), ("aten::copy_", "meta", "highest")}
    assert precision() == "highest"


def test_a_cpu_s_products_stay_as_exact_as_they_are() -> None:
    with Watch() as watch:
        machine.matmul_rate(8)
    assert watch.seen == {("aten::mm", "cpu", "highest")}


def test_the_rates_of_a_device_are_measured_there(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(floor, "matmul_rate", lambda device: asked.append(device) or 2e12)
    monkeypatch.setattr(floor, "copy_rate", lambda device: asked.append(device) or 1e12)
    assert Rates.measured(CUDA) == Rates(2e12, 1e12)
    assert asked == [CUDA, CUDA]


def test_every_render_of_a_grid_is_on_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    devices, programs = [], []
    monkeypatch.setattr(grid, "render_batch", lambda requests, device, **rest: devices.append(device))
    monkeypatch.setattr(subprocess, "run", lambda command, check: programs.append(command[-1]))
    maps = torch.rand(3, 8, 8), torch.rand(3, 8, 8)
    request = Request(torch.rand(3, 64, 64), *maps, parameters=Parameters(size=64))
    assert grid_figures([request] * 3, 2, CUDA)
    assert devices == [CUDA] * (1 + 3 + 3 + 2), "loading, alone, with features kept, and two batches"
    (program,) = programs
    assert "device='cuda'" in program and "match_cpu" not in program


@pytest.fixture
def manifest(tmp_path: Path, pictures: Path) -> str:
    row = {name: str(pictures / f"{name}.png") for name in ("style", "style_map", "target_map")}
    path = str(tmp_path / "m.parquet")
    write_manifest([{**row, "size": 64}], [*row, "size"], path)
    return path


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU as far as the command line looks."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(render, "warm_up", lambda request, encoder, device: None)


@pytest.mark.usefixtures("gpu")
def test_the_command_hands_its_device_to_the_grid(manifest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def figures(requests: list[Request], batch: int, device: torch.device) -> list[Figure]:
        asked.append((len(requests), batch, device))
        return [Figure("a render", 1.0, "s")]

    monkeypatch.setattr(grid, "grid_figures", figures)
    done = CliRunner().invoke(app, ["render", manifest, "--grid", "2x1", "--device", "cuda", "--json"])
    assert done.exit_code == 0, done.output
    assert asked == [(2, 2, CUDA)]
    assert "--device cuda --grid 2x1" in done.output


@pytest.mark.usefixtures("gpu")
def test_the_command_compares_a_gpu_with_a_gpu_s_floor(manifest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[torch.device] = []

    def timings(request: Request, encoder: Encoder, device: torch.device, has_plain: bool) -> list[str]:
        asked.append(device)
        return ["timings", str(has_plain)]

    def table(timings: list[str], work: Operations, rates: Rates, command: str) -> Any:
        assert timings == ["timings", "False"] and rates == Rates(1, 2)
        return render.BenchmarkTable("A render", command, ("",), [], "")

    monkeypatch.setattr(render, "render_timings", timings)
    monkeypatch.setattr(render, "render_table", table)
    monkeypatch.setattr(Rates, "measured", lambda device: asked.append(device) or Rates(1, 2))
    done = CliRunner().invoke(app, ["render", manifest, "--no-plain", "--device", "cuda", "--json"])
    assert done.exit_code == 0, done.output
    assert asked == [CUDA, CUDA]
