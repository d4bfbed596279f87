"""The benchmarks' references agree with the engine, and what they count is right. No timing is asserted."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from semstyle import __version__
from semstyle.bench.figure import Figure
from semstyle.bench.floor import HISTORY, PASSES_PER_PAIR, Rates, work_of
from semstyle.bench.grid import grid_figures, grid_requests
from semstyle.bench.history.release import releases_in
from semstyle.bench.machine import gram_seconds, matmul_rate, peak_memory_of
from semstyle.bench.match import match_timing, random_features, score_error
from semstyle.bench.page import write_page
from semstyle.bench.render import rematching, render_table, render_timings
from semstyle.bench.sizes import size_table, size_timings
from semstyle.bench.table import BenchmarkTable
from semstyle.bench.unfolded import UnfoldedStyleLoss, nearest_patches
from semstyle.engine import Encoder, InputError, Parameters, Request
from semstyle.engine.optimised.losses import StyleLoss
from semstyle.engine.patches.pool import PatchSource
from semstyle.manifest import Row, build_manifest, read_rows
from semstyle.manifest.inputs import Inputs
from semstyle.version import release_of


def test_the_plain_style_loss_is_ours() -> None:
    x, y = random_features(16, 6, 0).permute(2, 0, 1), random_features(24, 6, 1).permute(2, 0, 1)
    ours, plain = (kind([PatchSource(y[:6], y[6:])], x[6:], 3) for kind in (StyleLoss, UnfoldedStyleLoss))
    for loss in (ours, plain):
        loss.rematch(x[:6])
    torch.testing.assert_close(ours(x[:6]), plain(x[:6]))
    torch.testing.assert_close(ours.match_score, plain.match_score)


def test_a_timing_of_matching_checks_its_scores() -> None:
    timing = match_timing(16, 8, matmul_rate(256))
    assert timing.error < 1e-6
    assert min(timing.ours, timing.unfolded, timing.gram, timing.ratio, timing.rate_share) > 0


def test_wrong_matches_would_be_seen() -> None:
    target, style = random_features(16, 8, 0), random_features(16, 8, 1)
    _, index = nearest_patches(target.permute(2, 0, 1), style.permute(2, 0, 1), 3)
    assert score_error(target, style, index.view(14, 14)) < 1e-6
    assert score_error(target, style, index.flip(0).view(14, 14)) > 0.01


def test_peak_memory_is_what_was_held_at_once() -> None:
    def work() -> float:
        return float(torch.ones(32 * 2**20).sum())

    assert 120 * 2**20 < peak_memory_of(work) < 250 * 2**20
    assert peak_memory_of(lambda: None) < 16 * 2**20


def test_the_gram_is_taken_in_parts() -> None:
    features = random_features(16, 4, 0)
    assert gram_seconds(features, features, block=300) > 0


def test_three_ways_to_render_end_near_the_same_loss_and_their_parts_add_up() -> None:
    torch.manual_seed(0)
    encoder = Encoder((8, 8, 8, 8, 8), "2_1").requires_grad_(False)
    style = torch.nn.functional.interpolate(torch.rand(1, 3, 8, 8), (64, 64), mode="bicubic").clamp(0, 1)[0]
    parameters = Parameters(size=64, phases=2, iterations=20, style_layers=("1_1", "2_1"), content_layers=("2_1",))
    request = Request(style, torch.rand(3, 8, 8), torch.rand(3, 8, 8), parameters=parameters)
    timings = render_timings(request, encoder, torch.device("cpu"))
    plain, every, scheduled, preconditioned, default = timings
    assert every.final_loss == pytest.approx(plain.final_loss, rel=0.02)
    assert scheduled.final_loss == pytest.approx(every.final_loss, rel=0.05)
    assert [len(timing.trace) for timing in (plain, every, scheduled, preconditioned)] == [40] * 4
    assert len(default.trace) <= 40, "its phases may end before"
    for timing in timings:
        assert set(timing.parts) == {"matching", "encoder", "optimiser", "rest"}
        assert min(timing.parts.values()) > 0
        assert sum(timing.parts.values()) <= timing.seconds
    table = render_table(timings, work_of(rematching(request, "scheduled"), encoder), Rates(1e9, 1e9), "M")
    names = ["plain", "every", "scheduled", "preconditioned", "equal loss", "default", "floor"]
    assert [row[0] for row in table.rows] == names
    assert {len(row) for row in table.rows} == {len(table.columns)}
    assert table.figures["default, times the floor"] == pytest.approx(
        default.seconds / work_of(rematching(request, "scheduled"), encoder).seconds(Rates(1e9, 1e9))
    )
    assert table.figures["scheduled, times faster"] == pytest.approx(plain.seconds / scheduled.seconds)
    without = render_table(timings[1:], work_of(request, encoder), Rates(1e9, 1e9), "M")
    assert "plain:" in table.note and "plain:" not in without.note and without.rows[0][0] == "every"


def small_request() -> Request:
    parameters = Parameters(size=64, phases=2, iterations=2, style_layers=("1_1", "2_1"), content_layers=("2_1",))
    return Request(torch.rand(3, 64, 64), torch.rand(3, 8, 8), torch.rand(3, 8, 8), parameters=parameters)


def test_the_floor_counts_the_grams_and_the_convolutions() -> None:
    encoder = Encoder((8, 8, 8, 8, 8), "2_1").requires_grad_(False)
    work = work_of(small_request(), encoder)
    channels = 8 + 4  # three map channels and the sphere's height
    canvases = ((72 * 72, 36 * 36), (32 * 32, 16 * 16))  # only the finest has a margin, of four pixels on each side
    styles = ((64 * 64, 32 * 32), (32 * 32, 16 * 16))
    pairs = [(x * s, y * t) for (x, y), (s, t) in zip(canvases, styles, strict=True)]
    assert work.matching == sum(2 * 2 * channels * (full + half) for full, half in pairs)
    weights = (8 * 3 * 9 + 8 * 8 * 9, 8 * 8 * 9)
    assert work.encoder == 2 * sum(2 * 2 * (weights[0] * full + weights[1] * half) for full, half in canvases)
    assert work.optimiser == 4 * 2 * HISTORY * PASSES_PER_PAIR * 3 * sum(full for full, _ in canvases)
    assert work.seconds(Rates(1e9, 1e9)) == pytest.approx((work.matching + work.encoder) / 1e9 + work.optimiser / 1e9)


def test_a_grid_is_rendered_alone_and_in_batches() -> None:
    request = small_request()
    inputs = Inputs(request.styles, request.style_maps, request.target_map, None, None)
    requests = grid_requests(inputs, dataclasses.replace(request.parameters, size=64), 2, 1)
    assert [one.parameters.semantic_weight for one in requests] == [10, 20]
    figures = {figure.name: figure.value for figure in grid_figures(requests, 2, torch.device("cpu"))}
    assert min(figures.values()) > 0
    assert figures["batches over one after another"] == pytest.approx(
        figures["in batches of 2"] / figures["a render after another"]
    )


def test_sizes_are_measured_in_processes_of_their_own(tmp_path: Path) -> None:
    Image.new("RGB", (80, 64), "teal").save(tmp_path / "style.png")
    (tmp_path / "spec.yaml").write_text("inputs:\n  - style: style.png\nfixed: {phases: 1}\n")
    build_manifest(str(tmp_path / "spec.yaml"), str(tmp_path / "m.parquet"))
    row = next(iter(read_rows(str(tmp_path / "m.parquet"))))
    assert isinstance(row, Row)
    small, large = size_timings(row, [64, 96], 2)
    assert (small.phases, large.phases) == (((51, 64),), ((77, 96),))
    assert 50 * 2**20 < small.peak_memory < 4 * 2**30
    assert 0 < small.floor < small.seconds
    table = size_table([small, large], "semstyle bench sizes M")
    assert table.series["size"] == [64, 96]


def test_the_page_has_every_table_and_the_plot(tmp_path: Path) -> None:
    series = {"size": [128, 256], "seconds": [1.0, 4.0], "floor": [0.5, 2.0]}
    sizes = BenchmarkTable("Sizes", "semstyle bench sizes M", ("size",), [("128",), ("256",)], "exact", series)
    (tmp_path / "sizes.json").write_text(json.dumps(dataclasses.asdict(sizes)))
    figure = Figure("driver", 1.5, "ms", 3.0)
    (tmp_path / "farm.json").write_text(json.dumps({"figures": [figure.as_dict()]}))
    page = write_page(tmp_path, tmp_path).read_text()
    assert "| 256 |" in page
    assert "| driver | 1.5 ms | ≤ 3: met |  |" in page
    assert Image.open(tmp_path / "benchmarks.png").width > 300
    assert "## History" in page and "(benchmarks/history.png)" in page
    (release,) = releases_in(tmp_path / "benchmarks")
    assert release.version == release_of(__version__) and release.figure("farm", "driver") == 1.5


def test_a_page_says_how_long_its_benchmarks_took(tmp_path: Path) -> None:
    table = BenchmarkTable("Matching", "semstyle bench match", ("side",), [("64",)], took=150.0)
    (tmp_path / "match.json").write_text(json.dumps(dataclasses.asdict(table)))
    figures = [Figure("driver", 1.5, "ms").as_dict()]
    farm = {"figures": figures, "command": "semstyle bench farm --rows 7", "took": 330}
    (tmp_path / "farm.json").write_text(json.dumps(farm))
    page = write_page(tmp_path, tmp_path).read_text()
    assert "in 8 minutes" in page and "`semstyle bench farm --rows 7`" in page


def test_a_page_of_nothing_or_of_something_else_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="make bench"):
        write_page(tmp_path, tmp_path)
    (tmp_path / "match.json").write_text('{"columns": 3}')
    with pytest.raises(InputError, match=r"match\.json: not what semstyle bench printed"):
        write_page(tmp_path, tmp_path)
