"""Differences of paired numbers, of all pairs and by method and parameter."""

from __future__ import annotations

import math

import pytest
from nights import record

from semstyle.dataset.comparison.differences import MOST_VALUES, differences_of, splits_of
from semstyle.dataset.comparison.matching import Pair
from semstyle.dataset.comparison.rendered import NUMBERS, READ, RenderedReader, numbers_of


def pairs_of(*rows: tuple[dict[str, object], dict[str, object]]) -> list[Pair]:
    reader, nothing = RenderedReader(), dict.fromkeys(READ)
    return [Pair(reader.rendered({**nothing, **one}), reader.rendered({**nothing, **other})) for one, other in rows]


def test_a_difference_is_that_of_pairs_which_have_the_number_on_both_sides() -> None:
    leaks = [(0.1, 0.2), (0.3, 0.3), (0.2, 0.5), (0.4, 0.6), (0.5, 0.5), (0.0, 0.3)]
    rows = [(record("a", {"semantic_leak": one}), record("a", {"semantic_leak": other})) for one, other in leaks]
    rows.append((record("b", {"semantic_leak": 0.9, "weave": 1.0}), record("b", {"weave": 3.0})))
    rows.append((record("c", {"semantic_leak": math.nan}), record("c", {"semantic_leak": 0.9})))
    found = {one.name: one for one in differences_of(pairs_of(*rows))}
    leak = found["semantic_leak"]
    assert leak.pairs == 6
    assert (leak.before, leak.after, leak.mean) == pytest.approx((0.25, 0.4, 0.15))
    assert leak.low is not None and leak.high is not None and 0 < leak.low < 0.15 < leak.high and leak.is_clear
    weave = found["weave"]
    assert (weave.pairs, weave.mean, weave.low, weave.high, weave.is_clear) == (1, 2.0, None, None, False)
    assert list(found) == ["semantic_leak", "weave", "loss", "render_seconds", "seconds"], "the order of the page"
    assert (found["loss"].pairs, found["loss"].low, found["loss"].high) == (8, 0.0, 0.0)


def test_a_parameter_is_not_taken_for_the_metric_of_its_name() -> None:
    nothing = dict.fromkeys(READ)
    coherence = NUMBERS.index("coherence")
    assert math.isnan(numbers_of({**nothing, **record("a", coherence=5.0)})[coherence])
    assert numbers_of({**nothing, **record("a", {"coherence": 0.5}, coherence=5.0)})[coherence] == 0.5


def test_it_is_split_by_method_and_by_what_varies() -> None:
    rows = []
    for number in range(12):
        method, gamma = ("semantic", "gram")[number % 2], (50.0, 10.0)[number // 6]
        made = record(f"r{number}", {"weave": 1.0}, method=method, semantic_weight=gamma, iterations=40)
        worse = 0.5 if (method, gamma) == ("semantic", 10.0) else 0.0
        after = record(f"r{number}", {"weave": 1.0 + worse}, method=method, semantic_weight=gamma / 2, iterations=40)
        rows.append((made, after))
    splits = splits_of(pairs_of(*rows))
    means = {(split.by, split.value): one.mean for split in splits for one in split.differences if one.name == "weave"}
    assert means == {
        ("method", "gram"): 0,
        ("method", "semantic"): 0.25,
        ("semantic_weight", "10 → 5"): 0.25,
        ("semantic_weight", "50 → 25"): 0,
    }, "style layers and the like only follow from the method, and iterations do not vary"
    assert [by for by, _ in means] == ["method", "method", "semantic_weight", "semantic_weight"]
    assert {split.pairs for split in splits} == {6}


def test_it_is_not_split_by_a_parameter_of_many_values_or_of_another_in_each_pair() -> None:
    seeds = [(record(f"r{number}", seed=number // 2), record(f"r{number}", seed=number // 2)) for number in range(42)]
    assert splits_of(pairs_of(*seeds)) == []
    assert [split.value for split in splits_of(pairs_of(*seeds[:40]))] == [str(seed) for seed in range(MOST_VALUES)]
    assert splits_of(pairs_of(*seeds[:40:2])) == []
