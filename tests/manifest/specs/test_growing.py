"""A spec that grows keeps the ids of its rows, so that only new ones are rendered; ids that were are those that are."""

from __future__ import annotations

from pathlib import Path

import pytest
from enumerated import ONE, built, ids_of

SOBOL = "sample: {method: sobol, n: 8, seed: 5, ranges: {style_weight: {low: 10, high: 250, log: true}}}"


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        (SOBOL, SOBOL.replace("n: 8", "n: 16"), (8, 16)),
        (SOBOL.replace("sobol", "random"), SOBOL.replace("sobol", "random").replace("n: 8", "n: 16"), (8, 16)),
        ("grid: {size: [64, 128]}", "grid: {size: [32, 64, 128], seed: [0, 1]}", (2, 6)),
        ("zip: {size: [64, 128], seed: [1, 2]}", "zip: {seed: [3, 1, 2], size: [32, 64, 128]}", (2, 3)),
        ("seeds: 3", "seeds: 5", (3, 5)),
        ("grid: {size: [64, 128]}\nexclude: size = 64", "grid: {size: [64, 128]}", (1, 2)),
        ("presets: painterly", "presets: [faithful, painterly]", (1, 2)),
        ("grid: {size: [64]}", "grid: {size: [64]}\ntags: {new: tag}", (1, 1)),
        ("grid: {size: [64]}", "grid: {size: [64.0]}\nfixed: {seed: 0}", (1, 1)),
    ],
)
def test_rows_that_were_there_keep_their_ids(before: str, after: str, counts: tuple[int, int], tmp_path: Path) -> None:
    old, new = (ids_of(built(tmp_path, ONE + text)) for text in (before, after))
    assert (len(set(old)), len(set(new))) == counts
    assert set(old) <= set(new)


def test_a_set_of_inputs_that_is_added(tmp_path: Path) -> None:
    old = ids_of(built(tmp_path, "{inputs: [{style: a.png}], seeds: 2}"))
    new = ids_of(built(tmp_path, "{inputs: [{style: b.png}, {style: a.png, tags: {a: b}}], seeds: 2}"))
    assert new[2:] == old


def test_a_latin_sample_is_another_when_it_grows(tmp_path: Path) -> None:
    latin = SOBOL.replace("sobol", "latin")
    old, new = (ids_of(built(tmp_path, ONE + text)) for text in (latin, latin.replace("n: 8", "n: 16")))
    assert not set(old) & set(new)


def test_ids_are_as_they_were(tmp_path: Path) -> None:
    """The ids that version 0.1.0 gave the rows of a grid, with absolute paths."""
    text = """
inputs:
  - {style: /in/monet.jpg, style_map: /in/monet.png, target_map: /in/coast.png, tags: {subject: coast}}
  - {style: s3://art/gogh.jpg, content: /in/sea.jpg}
grid: {style_weight: [25, 250.0], preset: [faithful, null]}
fixed: {style_layers: [3_1, 4_1], iterations: 5}
"""
    assert ids_of(built(tmp_path, text)) == OLD_IDS


OLD_IDS = [
    "5f6d3c5bf19a11a13d96",
    "7e22b220785ae2a12608",
    "4a90f14f9cf0a810cf83",
    "d3f1a241b0abdeec64f4",
    "14d54da65010a572e146",
    "59329480f9ebc3a39798",
    "b74b3fc2452419dffb23",
    "8fafccd4051ad78919d9",
]
