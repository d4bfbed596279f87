"""The benchmarks' references agree with the engine, and what they count is right. No timing is asserted."""

from __future__ import annotations

import pytest
import torch

from semstyle.bench.machine import gram_seconds, matmul_rate, peak_memory_of
from semstyle.bench.match import match_timing, random_features, score_error
from semstyle.bench.render import render_timings
from semstyle.bench.unfolded import UnfoldedStyleLoss, nearest_patches
from semstyle.engine import Encoder, Parameters, Request
from semstyle.engine.losses import StyleLoss


def test_the_plain_style_loss_is_ours() -> None:
    x, y = random_features(16, 6, 0).permute(2, 0, 1), random_features(24, 6, 1).permute(2, 0, 1)
    ours, plain = (kind(y[:6], y[6:], x[6:], 3) for kind in (StyleLoss, UnfoldedStyleLoss))
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
    parameters = Parameters(size=64, phases=2, iterations=30, style_layers=("1_1", "2_1"), content_layers=("2_1",))
    request = Request(style, torch.rand(3, 8, 8), torch.rand(3, 8, 8), parameters=parameters)
    plain, every, scheduled = render_timings(request, encoder, torch.device("cpu"))
    assert every.final_loss == pytest.approx(plain.final_loss, rel=0.02)
    assert scheduled.final_loss == pytest.approx(every.final_loss, rel=0.05)
    for timing in (plain, every, scheduled):
        assert set(timing.parts) == {"matching", "encoder", "optimiser", "rest"}
        assert min(timing.parts.values()) > 0
        assert sum(timing.parts.values()) <= timing.seconds
