"""Samples: their values lie in their ranges, spread as they should, and stay when there are more of them."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest
from enumerated import ONE, built, parameters_of
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import qmc

from semstyle.manifest import ManifestError
from semstyle.manifest.specs.document import SampledPoints, SampledRange
from semstyle.manifest.specs.sampling import sampled, unit_points, value_at

METHODS = ("sobol", "latin", "random")


def sample(method: str, n: int, ranges: dict[str, dict[str, object]], seed: int = 0) -> SampledPoints:
    return SampledPoints.model_validate({"method": method, "n": n, "seed": seed, "ranges": ranges})


@pytest.mark.parametrize("method", METHODS)
def test_rows_of_a_sample(method: str, tmp_path: Path) -> None:
    numbers = "style_weight: {low: 10, high: 250, log: true}, size: {low: 64, high: 128}"
    ranges = f"{{{numbers}, pooling: {{choices: [max, average]}}}}"
    text = f"{ONE}sample: {{method: {method}, n: 20, seed: 3, ranges: {ranges}}}\nseeds: 2"
    rows = built(tmp_path, text)
    assert len(rows) == 40
    points = list(dict.fromkeys(parameters_of(rows, "style_weight", "size", "pooling")))
    assert len(points) == 20
    assert parameters_of(rows, "style_weight", "size", "pooling", "seed") == [
        (*point, seed) for point in points for seed in (0, 1)
    ]
    assert all(10 <= weight <= 250 and 64 <= size <= 128 and type(size) is int for weight, size, _ in points)
    assert {pooling for *_, pooling in points} == {"max", "average"}
    assert parameters_of(built(tmp_path, text), "style_weight") == parameters_of(rows, "style_weight")
    other = built(tmp_path, text.replace("seed: 3", "seed: 4"))
    assert parameters_of(other, "style_weight") != parameters_of(rows, "style_weight")


@pytest.mark.parametrize(("method", "stays"), [("sobol", True), ("random", True), ("latin", False)])
@pytest.mark.parametrize("dimensions", [1, 2, 7])
def test_a_larger_sample_begins_with_the_smaller(method: str, stays: bool, dimensions: int) -> None:
    names = ("style_weight", "semantic_weight", "smoothness", "variety", "coherence", "tolerance", "size")
    ranges: dict[str, dict[str, object]] = {name: {"low": 32, "high": 99} for name in names[:dimensions]}
    for few, many in ((1, 2), (8, 16), (11, 100)):
        assert (sampled(sample(method, few, ranges)) == sampled(sample(method, many, ranges))[:few]) is stays


def test_a_sobol_sample_is_evenly_spread() -> None:
    names = {"style_weight": {"low": 0, "high": 1}, "smoothness": {"low": 0, "high": 1}}
    even = qmc.discrepancy(unit_points(sample("sobol", 64, names)))
    uneven = qmc.discrepancy(unit_points(sample("random", 64, names)))
    assert even < uneven / 4
    cells = Counter((int(8 * x), int(8 * y)) for x, y in sampled(sample("sobol", 64, names)))
    assert set(cells.values()) == {1} and len(cells) == 64  # a net: each of 8 × 8 cells has one


def test_each_latin_stratum_has_a_point() -> None:
    points = unit_points(sample("latin", 10, {"style_weight": {"low": 0, "high": 1}, "size": {"low": 32, "high": 64}}))
    assert [sorted(int(10 * share) for share in column) for column in points.T] == [list(range(10))] * 2


def test_logarithms_make_doublings_equally_likely() -> None:
    values = sampled(sample("sobol", 64, {"style_weight": {"low": 16, "high": 256, "log": True}}))
    assert Counter(int(math.log2(value)) for (value,) in values) == {4: 16, 5: 16, 6: 16, 7: 16}


def test_whole_numbers_and_choices_are_equally_likely() -> None:
    sizes = sampled(sample("sobol", 64, {"patch_size": {"choices": [1, 3, 5, 7]}, "passes": {"low": 1, "high": 4}}))
    assert Counter(size for size, _ in sizes) == dict.fromkeys([1, 3, 5, 7], 16)
    assert Counter(passes for _, passes in sizes) == dict.fromkeys([1, 2, 3, 4], 16)
    rounded = sampled(sample("random", 50, {"style_weight": {"low": 0.5, "high": 3.5, "integer": True}}))
    assert {value for (value,) in rounded} == {1, 2, 3}


@given(st.floats(0, 1, exclude_max=True), st.floats(1e-3, 1e5), st.floats(1e-3, 1e5), st.booleans(), st.booleans())
def test_no_value_leaves_its_range(share: float, one: float, other: float, log: bool, whole: bool) -> None:
    low, high = sorted([one, other])
    if low == high or (whole and math.ceil(low) > math.floor(high)):
        return
    value = value_at(share, SampledRange(low=low, high=high, log=log, integer=whole), whole)
    assert low <= value <= high and type(value) is (int if whole else float)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ranges: {size: {low: 32, high: 64}}}", r"sample\.n: is missing"),
        ("{n: 0, ranges: {size: {low: 32, high: 64}}}", r"sample\.n: is too small; the least is 1"),
        ("{n: 100001, ranges: {size: {low: 32, high: 64}}}", r"sample\.n: is too large; the most is 100,000"),
        ("{n: two, ranges: {size: {low: 32, high: 64}}}", r"sample\.n: is no whole number"),
        ("{n: 2}", r"sample\.ranges: is missing; for example ranges: "),
        ("{n: 2, ranges: {}}", r"sample\.ranges: is empty; give at least one value"),
        ("{n: 2, method: sobel, ranges: {size: {low: 32, high: 64}}}", r"sample\.method: is none of 'sobol', 'latin'"),
        ("{n: 2, ranges: {size: {lo: 32, high: 64}}}", r"sample\.ranges\.size\.lo: .*did you mean low\?"),
        ("{n: 2, seeds: 3, ranges: {size: {low: 32, high: 64}}}", r"sample\.seeds: .*did you mean seed\?"),
        ("{n: 2, ranges: {size: {low: 32}}}", r"sample\.ranges\.size: needs low and high, or choices"),
        ("{n: 2, ranges: {size: {low: 64, high: 32}}}", r"sample\.ranges\.size: low 64 is not below high 32"),
        ("{n: 2, ranges: {size: {low: 64, high: big}}}", r"sample\.ranges\.size\.high: is no number"),
        ("{n: 2, ranges: {variety: {low: 0, high: .inf}}}", r"sample\.ranges\.variety\.high: is no"),
        ("{n: 2, ranges: {variety: {low: 0, high: 3, log: true}}}", r"variety: log needs low above 0, and it is 0"),
        (
            "{n: 2, ranges: {variety: {low: 0.2, high: 0.8, integer: true}}}",
            "variety: there is no whole number between",
        ),
        ("{n: 2, ranges: {size: {low: 3, high: 64}}}", r"sample\.ranges\.size: 3 to 64 is not within 32 to 8192"),
        ("{n: 2, ranges: {size: {choices: [64], low: 3}}}", "size: has choices beside low, high"),
        ("{n: 2, ranges: {size: {choices: []}}}", r"sample\.ranges\.size\.choices: is empty"),
        ("{n: 2, ranges: {size: {choices: [7]}}}", r"sample\.ranges\.size: 7 is not between"),
        ("{n: 2, ranges: {method: {low: 1, high: 2}}}", r"ranges\.method: method is not one number; give choices"),
        ("{n: 2, ranges: {sise: {low: 1, high: 2}}}", r"ranges\.sise: there is no such parameter; did you mean size"),
    ],
)
def test_what_cannot_be_sampled_is_told(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=rf"spec\.yaml: .*{message}"):
        built(tmp_path, f"{ONE}sample: {text}")
