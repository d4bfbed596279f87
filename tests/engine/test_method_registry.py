"""The registry of methods: what it says of each, and that a sixth needs no other file."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time
from pathlib import Path
from pkgutil import resolve_name

import plain_average
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from semstyle.engine import InputError, ParameterError, Parameters, Request, render, render_batch
from semstyle.engine.methods import METHODS, Method

AVERAGE = Method(
    "average",
    "a test's",
    entry="plain_average:render_average",
    together=None,
    style_losses=None,
    remarks="plain_average:remarks",
    needs_encoder=False,
    matches=False,
    evaluations=1,
    coarsest=None,
    pixel_seconds=1e-6,
)


@pytest.fixture
def sixth(monkeypatch: pytest.MonkeyPatch) -> Method:
    monkeypatch.setitem(METHODS, "average", AVERAGE)
    return AVERAGE


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_entry_point_is_there(method: Method) -> None:
    for entry in (method.entry, method.together, method.style_losses, method.remarks):
        assert entry is None or callable(resolve_name(entry))
    asked = method.evaluations
    assert isinstance(asked, int) or asked in {field.name for field in dataclasses.fields(Parameters)}
    assert method.optimises or not method.averages_layers


def test_methods_are_known_without_torch() -> None:
    names = "semstyle.engine.methods, semstyle.engine.named_encoders, semstyle.engine.parameters"
    program = f"import sys, {names}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_an_unknown_method_names_all(sixth: Method) -> None:
    with pytest.raises(ParameterError, match="semantic, patch, gram, analogy, color, average"):
        Parameters(method="averag")


def test_a_sixth_method_goes_from_a_manifest_to_the_report(sixth: Method, tmp_path: Path, pictures: Path) -> None:
    from semstyle.farm import aggregate
    from semstyle.farm.attempt import Assignment, Committed, Started
    from semstyle.farm.cost import estimated_seconds
    from semstyle.farm.demand import Demand
    from semstyle.farm.worker.render_attempt import attempt
    from semstyle.manifest import Row, read_rows
    from semstyle.report.page import write_report

    columns = {name: [str(pictures / f"{name}.png")] for name in ("style", "style_map", "target_map")}
    table = pa.table({**columns, "method": ["average"], "size": [48], "render_id": ["sixth"]})
    pq.write_table(table, tmp_path / "manifest.parquet")
    (row,) = read_rows(str(tmp_path / "manifest.parquet"))
    assert isinstance(row, Row) and estimated_seconds(row, Demand(0, 1)) > 0

    out = str(tmp_path / "out")
    answer = attempt(Assignment(row, out, "0" * 12, Demand(0, 1)), Started("here", 1, time.time()))

    assert isinstance(answer, Committed) and answer.remarks[-1] == "averaged in 1 evaluation"
    record = pq.read_table(tmp_path / "out" / "records" / "sixth.parquet").to_pylist()[0]
    assert (record["method"], record["evaluations"], len(record["trace"]), record["phases"]) == ("average", 1, 1, 1)
    assert Image.open(tmp_path / "out" / "images" / "sixth.png").size == (record["width"], record["height"]) == (48, 36)
    assert aggregate(out).renders == 1
    write_report(out)
    assert '"ids":["sixth"]' in (tmp_path / "out" / "report" / "data" / "renders-00000.js").read_text()


def test_a_sixth_method_renders_in_a_batch_and_alone(sixth: Method) -> None:
    style = torch.rand(3, 40, 40, generator=torch.Generator().manual_seed(0))
    parameters = Parameters(method="average", size=40)
    alone = render(style, parameters=parameters)
    both = render_batch([Request(style, parameters=parameters)] * 2)
    assert all(torch.equal(one.image, alone.image) for one in both)
    assert plain_average.remarks(parameters, 1) == alone.remarks


def test_only_methods_of_one_kind_share_a_batch() -> None:
    style = torch.rand(3, 80, 80)

    def request(**values: object) -> Request:
        return Request(style, parameters=Parameters.from_mapping({"size": 64, "iterations": 2, **values}))

    assert request(method="semantic").batch_key == request(method="patch").batch_key
    assert request(method="semantic").batch_key != request(method="gram").batch_key
    assert request(method="analogy").batch_key != request(method="color").batch_key
    assert request(encoder="pixels").batch_key != request().batch_key
    assert request(method="analogy", encoder="pixels").batch_key == request(method="analogy").batch_key
    with pytest.raises(InputError, match="a batch shares"):
        render_batch([request(method="gram"), request()])
