"""Verdicts on the paper's claims, from samples made to go either way."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from semstyle.report.claim import WITH_MAPS, WITHOUT_MAPS, Claim, Sample, sample_of
from semstyle.report.claims import claims_of, less_leakage, lower_quality, same_as_original, wider_range


def sample(role: str, beta: float, gamma: float, digest: str = "", **metrics: float) -> Sample:
    return Sample("portrait", role, beta, gamma, digest or f"{role} {beta} {gamma}", metrics)


def verdict(claim: Claim) -> tuple[str, int, int]:
    return claim.verdict, claim.held, claim.compared


def test_without_samples_there_are_no_claims() -> None:
    assert claims_of([]) == []
    assert [verdict(claim) for claim in claims_of([sample(WITH_MAPS, 25, 50)])] == [("not decided", 0, 0)] * 4


def test_the_same_bytes_are_the_original_algorithm() -> None:
    originals = [sample(WITHOUT_MAPS, beta, 50, f"image{beta}", sharpness=0.8) for beta in (25, 100)]
    same = [sample(WITH_MAPS, beta, 0, f"image{beta}", sharpness=0.8) for beta in (25, 100)]
    assert verdict(same_as_original([*originals, *same])) == ("holds", 2, 2)
    claim = same_as_original([*originals, same[0], sample(WITH_MAPS, 100, 0, "other", sharpness=0.6)])
    assert verdict(claim) == ("holds in part", 1, 2)
    assert claim.rows[1] == ["portrait", 100, "differ", pytest.approx(0.25)]
    assert verdict(same_as_original([*originals, sample(WITH_MAPS, 25, 10)])) == ("not decided", 0, 0)


@pytest.mark.parametrize(
    ("leaks", "expected"),
    [
        ({0: 0.6, 50: 0.2, 250: 0.1}, "holds"),
        ({0: 0.6, 50: 0.2, 250: 0.205}, "holds"),  # as good as the same
        ({0: 0.6, 50: 0.2, 250: 0.3}, "does not hold"),
        ({0: 0.2, 50: 0.19, 250: 0.18}, "does not hold"),  # hardly
    ],
)
def test_leakage_has_to_fall_with_every_step(leaks: Mapping[float, float], expected: str) -> None:
    samples = [sample(WITH_MAPS, 25, gamma, semantic_leak=leak) for gamma, leak in leaks.items()]
    claim = less_leakage([*reversed(samples), sample(WITH_MAPS, 25, 1000)])
    assert claim.verdict == expected
    assert claim.rows == [["portrait", 25, *leaks.values(), None]]


def betas(role: str, *values: tuple[float, float]) -> list[Sample]:
    return [
        sample(role, beta, 50, semantic_leak=leak, content_distance=content)
        for beta, (leak, content) in zip((25, 100, 250), values, strict=True)
    ]


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ([(0.1, 0.5), (0.2, 0.6), (0.2, 0.7)], [(0.2, 0.5), (0.4, 0.6), (0.5, 0.7)], ("holds", 1, 1)),
        ([(0.1, 0.5), (0.1, 0.6), (0.1, 1.7)], [(0.1, 0.5), (0.1, 1.6), (0.1, 0.7)], ("holds", 1, 1)),
        ([(0.1, 0.5), (0.3, 0.6), (0.1, 0.7)], [(0.1, 0.5), (0.1, 0.6), (0.1, 0.7)], ("does not hold", 0, 1)),
        ([(0.5, 0.5), (0.5, 0.6), (0.5, 0.7)], [(0.5, 0.5), (0.5, 0.6), (0.5, 0.7)], ("does not hold", 0, 1)),
        ([(0.1, 0.5), (0.1, 0.6), (0.1, 0.7)], [(0.2, 0.5), (0.2, 0.6), (0.2, 0.7)], ("not decided", 0, 0)),
    ],
)
def test_the_range_of_style_weights_without_patchwork(
    ours: list[tuple[float, float]], theirs: list[tuple[float, float]], expected: tuple[str, int, int]
) -> None:
    claim = wider_range([*betas(WITH_MAPS, *ours), *betas(WITHOUT_MAPS, *theirs)])
    assert verdict(claim) == expected
    assert [row[:2] for row in claim.rows] == [["portrait", "with"], ["portrait", "without"]]


def test_quality_has_to_fall_by_both_distances() -> None:
    def series(distance: float, wasserstein: float) -> list[Sample]:
        usual = sample(WITH_MAPS, 25, 50, style_distance=0.2, style_wasserstein=0.3, sharpness=0.9)
        return [usual, sample(WITH_MAPS, 25, 250, style_distance=distance, style_wasserstein=wasserstein)]

    assert verdict(lower_quality(series(0.3, 0.4))) == ("holds", 1, 1)
    assert verdict(lower_quality(series(0.3, 0.3))) == ("does not hold", 0, 1)
    assert verdict(lower_quality(series(0.1, 0.4))) == ("does not hold", 0, 1)
    assert lower_quality(series(0.3, 0.4)).rows == [["portrait", 25, 250, 0.2, 0.3, 0.3, 0.4, 0.9, None]]


def test_only_rows_that_say_so_are_samples() -> None:
    row = {"style_weight": 25.0, "semantic_weight": 50.0, "image_sha256": "0", "metrics": [("sharpness", 1.0)]}
    row |= {"render_id": "one", "pixels_sha256": None}
    found = sample_of({**row, "tags": [("paper", "lake"), ("role", "with maps")]})
    assert found == Sample("lake", "with maps", 25, 50, "0", {"sharpness": 1.0}, "one")
    for tags in (None, [("paper", "lake")], [("paper", "lake"), ("role", "other")], [("role", "with maps")]):
        assert sample_of({**row, "tags": tags}) is None


def test_each_comparison_names_the_renders_to_look_at() -> None:
    leaks = {(WITH_MAPS, 0): 0.6, (WITH_MAPS, 50): 0.2, (WITH_MAPS, 250): 0.1, (WITHOUT_MAPS, 50): 0.6}
    samples = [
        sample(role, beta, gamma, semantic_leak=leak, style_distance=gamma, style_wasserstein=gamma)
        for (role, gamma), leak in leaks.items()
        for beta in (25, 100)
    ]
    same, leakage, wider, quality = claims_of(samples)
    assert [shown.title for shown in same.shown] == ["portrait, β = 25", "portrait, β = 100"]
    assert [list(shown.labels) for shown in same.shown] == [["γ = 0", "original algorithm"]] * 2
    assert [shown.held for shown in same.shown] == [False, False]
    assert [one.semantic_weight for one in leakage.shown[0].samples] == [0, 50, 250]
    assert [shown.held for shown in leakage.shown] == [True, True]
    labels = ["β = 25, with maps", "β = 100, with maps", "β = 25, without", "β = 100, without"]
    assert [list(shown.labels) for shown in wider.shown] == [labels] and wider.shown[0].held is True
    assert [list(shown.labels) for shown in quality.shown] == [["γ = 50", "γ = 250"]] * 2
    for claim in (same, leakage, wider, quality):
        assert claim.compared == len(claim.shown) and claim.held == sum(bool(shown.held) for shown in claim.shown)
        assert all(len(shown.labels) == len(shown.samples) for shown in claim.shown)
