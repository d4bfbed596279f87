"""Values set over a spec, as ``--set`` does."""

from __future__ import annotations

import itertools
from pathlib import Path
from textwrap import dedent

import pytest
from enumerated import ONE, built, ids_of, parameters_of

from semstyle.errors import InputError
from semstyle.manifest import ManifestError
from semstyle.manifest.specs.settings import parse_settings


def test_one_value_is_fixed_and_several_are_a_grid(tmp_path: Path) -> None:
    text = ONE + "grid: {size: [64, 128], seed: [1, 2]}"
    rows = built(tmp_path, text, parse_settings(["size=256", "smoothness = 2, 3"]))
    assert parameters_of(rows, "size", "seed", "smoothness") == list(itertools.product([256], [1, 2], [2, 3]))


@pytest.mark.parametrize(
    ("setting", "name", "left"),
    [
        ("size=32", "size", [(64, 5), (64, 6), (128, 5), (128, 6)]),
        ("iterations=7", "iterations", [(5,), (6,)]),
        ("smoothness=3", "smoothness", []),
        ("seed=8", "seed", []),
        ("preset=painterly", "preset", []),
    ],
)
def test_a_set_parameter_is_taken_out_of_wherever_it_was(
    setting: str, name: str, left: list[tuple[int, ...]], tmp_path: Path
) -> None:
    text = """
    fixed: {smoothness: 2}
    jobs:
      - inputs: [{style: a, content: b}]
        presets: faithful
        zip: {size: [64, 128], passes: [1, 2]}
        sample: {n: 2, ranges: {iterations: {choices: [5, 6]}}}
        seeds: 3
    """
    value = setting.partition("=")[2]
    for row in built(tmp_path, dedent(text), parse_settings([setting])):
        if name == "preset":
            assert (row.parameters.style_weight, row.parameters.content_weight) == (75, None)
        else:
            assert str(getattr(row.parameters, name)).removesuffix(".0") == value
            assert row.parameters.content_weight == 25


def test_lists_have_semicolons_between(tmp_path: Path) -> None:
    rows = built(tmp_path, ONE, parse_settings(["style_layers=3_1,4_1; 3_1", "detail_layers=none"]))
    assert parameters_of(rows, "style_layers") == [(("3_1", "4_1"),), (("3_1",),)]
    (single,) = built(tmp_path, ONE, parse_settings(["style_layers=3_1,4_1"]))
    assert single.parameters.style_layers == ("3_1", "4_1")


def test_ids_are_those_of_a_spec_that_says_so_itself(tmp_path: Path) -> None:
    set_over = built(tmp_path, ONE + "grid: {size: [64]}", parse_settings(["style_weight=50,100", "pooling=max"]))
    written = built(tmp_path, ONE + "grid: {size: [64], style_weight: [50, 100]}\nfixed: {pooling: max}")
    assert ids_of(set_over) == ids_of(written)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["size"], "--set size: write it as NAME=VALUE[,VALUE], such as style_weight=50,100"),
        (["=3"], "--set =3: write it as NAME=VALUE"),
        (["size="], "--set size=: there is an empty value"),
        (["size=3,"], "--set size=3,: there is an empty value"),
        (["sise=3"], "--set sise=3: there is no such parameter; did you mean size?"),
        (["style=a.png"], "--set style=a.png: this is an input, not a parameter; it stands in the spec"),
        (["size=64", "size=128"], "--set size=128: size is set twice; give all values at once"),
    ],
)
def test_what_cannot_be_set_is_told(texts: list[str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_settings(texts)
    assert str(caught.value).startswith(message)


def test_a_value_that_cannot_be_is_told_as_it_was_set(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"spec\.yaml: --set size: '1' is not between 32 and 8192"):
        built(tmp_path, ONE, parse_settings(["size=64,1"]))
    (tmp_path / "rows.csv").write_text("style\na.png\n")
    from semstyle.manifest.build import read_source

    with pytest.raises(InputError, match="--set size: a table has its values in its rows"):
        read_source(str(tmp_path / "rows.csv"), parse_settings(["size=64"]))
