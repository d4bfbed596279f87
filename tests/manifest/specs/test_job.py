"""``exclude`` and ``when``: which rows are left, by an enumeration that knows nothing of conditions."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from enumerated import ONE, built, ids_of, one, parameters_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semstyle.manifest import ManifestError


def test_rows_for_which_a_condition_holds_are_left_out(tmp_path: Path) -> None:
    text = """
    grid: {semantic_weight: [10, 50], size: [256, 512], method: [semantic, gram]}
    exclude: ["semantic_weight == 10 and size == 512", "method = gram and semantic_weight > 10"]
    """
    assert parameters_of(built(tmp_path, one(text)), "semantic_weight", "size", "method") == [
        (weight, size, method)
        for weight, size, method in itertools.product([10, 50], [256, 512], ["semantic", "gram"])
        if not (weight == 10 and size == 512) and not (method == "gram" and weight > 10)
    ]


def test_conditions_see_defaults_presets_inputs_and_tags(tmp_path: Path) -> None:
    text = """
    inputs:
      - {style: in/a.png, content: c.png, tags: {scene: coast}}
      - {style: in/b.png, tags: {scene: palace}}
    tags: {series: first}
    grid: {preset: [faithful, painterly, null], method: [semantic, gram]}
    """
    everything = list(itertools.product(["a.png", "b.png"], ["faithful", "painterly", None], ["semantic", "gram"]))
    for condition, kept in {
        "size = 512": [],
        "size != 512": everything,
        "preset = painterly": [row for row in everything if row[1] != "painterly"],
        "preset = null": [row for row in everything if row[1] is not None],
        "style_weight = 75": [row for row in everything if row[1] != "painterly"],
        "content_weight = 25": [row for row in everything if row[0] != "a.png" or row[1] != "faithful"],
        "content_weight = 10": [row for row in everything if row[0] != "a.png" or row[1] == "faithful"],
        "content_weight = 0": [row for row in everything if row[0] == "a.png"],
        "variety = 1": [row for row in everything if row[2] == "gram"],
        "detail_layers = none": [row for row in everything if row[2] == "semantic"],
        "style_layers = '1_1,2_1,3_1,4_1,5_1'": [row for row in everything if row[2] == "semantic"],
        "style = in/a.png": [row for row in everything if row[0] == "b.png"],
        "content = null": [row for row in everything if row[0] == "a.png"],
        "tags.scene = coast": [row for row in everything if row[0] == "b.png"],
        "tags.series != first": everything,
    }.items():
        spec = f"{text}\n    exclude: {condition!r}"
        if not kept:
            with pytest.raises(ManifestError, match="exclude: leaves none of 12 rows"):
                built(tmp_path, spec)
            continue
        rows = built(tmp_path, spec)
        whole = dict(zip(ids_of(built(tmp_path, text)), everything, strict=True))
        assert [whole[render_id] for render_id in ids_of(rows)] == kept, condition


def test_what_could_not_be_rendered_may_be_excluded(tmp_path: Path) -> None:
    text = ONE + "grid: {method: [semantic, gram], detail_layers: [none, '1_1']}"
    with pytest.raises(ManifestError, match=r"grid\.detail_layers: 1_1 is no finer than style_layers"):
        built(tmp_path, text)
    rows = built(tmp_path, f'{text}\nexclude: "method = gram and detail_layers != none"')
    assert parameters_of(rows, "method", "detail_layers") == [
        ("semantic", ()),
        ("semantic", ("1_1",)),
        ("gram", ()),
    ]
    with pytest.raises(ManifestError, match=r"grid\.size: 'big' is not a whole number"):
        built(tmp_path, ONE + "grid: {size: [big]}\nexclude: size > 3")


def test_a_parameter_is_left_at_its_default_where_its_condition_does_not_hold(tmp_path: Path) -> None:
    text = """
    grid: {method: [semantic, gram], variety: [0, 0.5, 2], seed: [1, 2]}
    when: {variety: "method != 'gram'"}
    """
    rows = built(tmp_path, one(text))
    assert parameters_of(rows, "method", "variety", "seed") == [
        *(("semantic", variety, seed) for variety in (0, 0.5, 2) for seed in (1, 2)),
        *(("gram", 0, seed) for seed in (1, 2)),
    ]
    assert len(set(ids_of(rows))) == 8


def test_part_of_a_step_is_left_at_its_default(tmp_path: Path) -> None:
    text = """
    zip: {size: [64, 64, 128], iterations: [5, 10, 20]}
    grid: {method: [gram, semantic]}
    when: {iterations: method = semantic}
    """
    assert parameters_of(built(tmp_path, one(text)), "method", "size", "iterations") == [
        ("gram", 64, 100),
        ("gram", 128, 100),
        ("semantic", 64, 5),
        ("semantic", 64, 10),
        ("semantic", 128, 20),
    ]


def test_conditions_may_depend_on_each_other(tmp_path: Path) -> None:
    text = """
    grid: {size: [64, 128], iterations: [5, 10], seed: [1, 2]}
    when: {seed: iterations = 10, iterations: size = 128}
    """
    assert parameters_of(built(tmp_path, one(text)), "size", "iterations", "seed") == [
        (64, 100, 0),
        (128, 5, 0),
        (128, 10, 1),
        (128, 10, 2),
    ]


def test_a_sample_and_seeds_under_a_condition(tmp_path: Path) -> None:
    text = """
    sample: {n: 4, ranges: {variety: {low: 0, high: 2}, smoothness: {low: 0, high: 2}}}
    seeds: 2
    grid: {method: [semantic, gram]}
    when: {variety: method = semantic, seed: method = semantic, smoothness: method = semantic}
    """
    rows = built(tmp_path, one(text))
    assert [row.parameters.method for row in rows] == ["semantic"] * 8 + ["gram"]
    assert parameters_of(rows, "variety", "smoothness", "seed")[-1] == (0, 1, 0)


VALUES = {"size": [64, 128], "seed": [1, 2, 3], "iterations": [5, 10], "smoothness": [2, 3]}
DEFAULTS = {"size": 512, "seed": 0, "iterations": 100, "smoothness": 1}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_conditions_leave_each_distinct_row_once(tmp_path: Path, data: st.DataObject) -> None:
    """Parameters depend on earlier ones; the enumeration settles each in turn, and drops repeated rows."""
    names = list(VALUES)
    needs: dict[str, tuple[str, int]] = {}
    for place, name in enumerate(names[1:], 1):
        if data.draw(st.booleans(), label=f"{name} under a condition"):
            other = data.draw(st.sampled_from(names[:place]))
            needs[name] = other, data.draw(st.sampled_from([*VALUES[other], DEFAULTS[other]]))
    expected: list[tuple[Any, ...]] = []
    for combination in itertools.product(*VALUES.values()):
        row: dict[str, Any] = dict(zip(names, combination, strict=True))
        for name in names:
            if name in needs and row[needs[name][0]] != needs[name][1]:
                row[name] = DEFAULTS[name]
        if tuple(row.values()) not in expected:
            expected.append(tuple(row.values()))
    shuffled = data.draw(st.permutations(sorted(needs)))
    when = {name: f"{needs[name][0]} = {needs[name][1]}" for name in shuffled}
    rows = built(tmp_path, f"{ONE}grid: {VALUES}\nwhen: {when}")
    assert parameters_of(rows, *names) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("exclude: size = = 3", r"exclude\[0\]: character 8: expected a value"),
        (
            "exclude: [size = 3, 'sise = 3']",
            r"exclude\[1\]: character 1: there is no parameter sise; did you mean size",
        ),
        ("exclude: [3]", r"exclude\[0\]: is not text"),
        ("exclude: []", "exclude: is empty; give at least one value; for example exclude: "),
        ("exclude: {size: 3}", "exclude: is no list"),
        ("when: {size: 3}", r"when\.size: is not text"),
        ("when: {sise: seed = 1}", r"when\.sise: there is no such parameter; did you mean size"),
        ("when: {size: seed = 1}", r"when\.size: no value of size is given here"),
        ("grid: {size: [64]}\nwhen: {size: 'seed ='}", r"when\.size: character 7: expected a value"),
        ("grid: {size: [64]}\nwhen: {size: size = 64}", r"when\.size: depends on size; leave one out"),
        (
            "grid: {size: [64], seed: [1]}\nwhen: {size: seed = 1, seed: size = 64}",
            r"when\.(size: depends on seed, which depends on size|seed: depends on size, which depends on seed); leave",
        ),
        ("grid: {method: [gram]}\nwhen: {method: variety > 0}", r"when\.method: depends on method; leave one out"),
        ("presets: [faithful]\nwhen: {preset: style_weight > 0}", r"when\.preset: depends on preset"),
    ],
)
def test_conditions_that_cannot_be_are_told(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=rf"spec\.yaml: {message}"):
        built(tmp_path, one(text))
