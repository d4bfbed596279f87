"""Products, steps, samples, seeds and presets: the rows of each, enumerated independently."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from enumerated import ONE, built, parameters_of
from hypothesis import given
from hypothesis import strategies as st

from semstyle.engine import Parameters
from semstyle.manifest import ManifestError
from semstyle.manifest.specs.axes import Axis, combinations


def test_a_product(tmp_path: Path) -> None:
    rows = built(tmp_path, ONE + "grid: {size: [64, 128], method: [semantic, gram, color], seed: [3, 4]}")
    assert parameters_of(rows, "size", "method", "seed") == list(
        itertools.product([64, 128], ["semantic", "gram", "color"], [3, 4])
    )


def test_in_step(tmp_path: Path) -> None:
    rows = built(tmp_path, ONE + "zip: {size: [64, 128, 256], iterations: [5, 10, 20]}\ngrid: {seed: [1, 2]}")
    assert parameters_of(rows, "seed", "size", "iterations") == [
        (seed, *pair) for seed in (1, 2) for pair in zip((64, 128, 256), (5, 10, 20), strict=True)
    ]


def test_seeds_by_number_and_by_name(tmp_path: Path) -> None:
    rows = built(tmp_path, ONE + "grid: {size: [64, 128]}\nseeds: 5")
    assert parameters_of(rows, "size", "seed") == list(itertools.product([64, 128], range(5)))
    assert parameters_of(built(tmp_path, ONE + "seeds: [7, 8]"), "seed") == [(7,), (8,)]


def test_presets_are_a_grid_of_them(tmp_path: Path) -> None:
    rows = built(tmp_path, ONE + "presets: [faithful, painterly]\ngrid: {size: [64, 128]}")
    assert [row.parameters for row in rows] == [
        Parameters.from_mapping({"preset": preset, "size": size})
        for preset, size in itertools.product(["faithful", "painterly"], [64, 128])
    ]
    as_grid = built(tmp_path, ONE + "grid: {preset: [faithful, painterly], size: [64, 128]}")
    assert [row.render_id for row in as_grid] == [row.render_id for row in rows]
    assert len(built(tmp_path, ONE + "presets: faithful")) == 1
    assert parameters_of(built(tmp_path, ONE + "presets: [painterly, null]"), "style_weight") == [(75,), (25,)]


def test_all_of_them_together(tmp_path: Path) -> None:
    text = """
    inputs: [{style: a.png, content: c.png}, {style: b.png, content: c.png}]
    presets: [faithful, painterly]
    grid: {smoothness: [1, 2]}
    zip: {size: [64, 128], iterations: [5, 10]}
    sample: {method: random, n: 3, ranges: {variety: {low: 0, high: 2}}}
    seeds: 2
    """
    rows = built(tmp_path, text)
    varieties = list(dict.fromkeys(variety for (variety,) in parameters_of(rows, "variety")))
    assert len(varieties) == 3
    found = [
        (Path(row.styles[0]).name, row.parameters.style_weight, p.smoothness, p.size, p.iterations, p.variety, p.seed)
        for row in rows
        for p in [row.parameters]
    ]
    assert found == [
        (style, weight, smoothness, *pair, variety, seed)
        for style, weight, smoothness, pair, variety, seed in itertools.product(
            ["a.png", "b.png"], [25, 75], [1, 2], [(64, 5), (128, 10)], varieties, [0, 1]
        )
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("zip: {size: [64, 128], iterations: [5]}", r"zip\.iterations: is a list of 1, and zip\.size of 2"),
        ("zip: {size: [64], sise: [5]}", r"zip\.sise: there is no such parameter; did you mean size"),
        ("zip: {size: [64]}\ngrid: {size: [64]}", r"zip\.size: it is in grid too; keep one"),
        ("zip: {size: [64, 1]}", r"zip\.size: 1 is not between"),
        ("zip: [size]", "zip: is no mapping of names to values; for example zip: "),
        ("seeds: 0", "seeds: is neither a number from 1 to 1,000,000 nor a list; for example seeds: 5"),
        ("seeds: 2.5", "seeds: is neither"),
        ("seeds: yes", "seeds: is neither"),
        ("seeds: [1, two]", "seeds: holds something else than whole numbers from 0 on"),
        ("seeds: []", "seeds: holds something else"),
        ("seeds: 3\nfixed: {seed: 1}", r"fixed\.seed: it is in seeds too; keep one"),
        ("seeds: 3\ngrid: {seed: 1}", "seeds: seed is in grid too; keep one"),
        ("presets: [loyal]", "presets: 'loyal' is not one of faithful, balanced, painterly"),
        ("presets: []", "presets: is empty"),
        ("presets: [3]", "presets: 3 is not text"),
        ("presets: faithful\ngrid: {preset: faithful}", "presets: preset is in grid too; keep one"),
        ("seeds: 1000000\ngrid: {size: [64, 128, 256, 512, 32, 33, 34, 35, 36, 37, 38]}", "11,000,000 rows, and the"),
    ],
)
def test_what_cannot_vary_so_is_told(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=rf"spec\.yaml: .*{message}"):
        built(tmp_path, ONE + text)


@given(st.lists(st.integers(1, 4), max_size=5))
def test_combinations_are_those_of_itertools(sizes: list[int]) -> None:
    axes = [Axis((str(place),), [(entry,) for entry in range(size)]) for place, size in enumerate(sizes)]
    assert list(combinations(axes)) == list(itertools.product(*map(range, sizes)))
