"""What stands beside ``jobs`` holds for all of them, and what a job says itself wins."""

from __future__ import annotations

import itertools
from pathlib import Path
from textwrap import dedent

import pytest
from enumerated import built, files, parameters_of

from semstyle.manifest import ManifestError


def test_a_parameter_that_a_job_sets_is_taken_out_of_what_is_shared(tmp_path: Path) -> None:
    text = """
    grid: {size: [64, 128], seed: [1, 2]}
    zip: {iterations: [5, 10], passes: [1, 2]}
    jobs:
      - inputs: [{style: a}]
      - inputs: [{style: a}]
        fixed: {size: 256}
        grid: {passes: 7}
      - inputs: [{style: a}]
        seeds: [9]
        zip: {smoothness: [0, 2], variety: [0, 2]}
      - inputs: [{style: a}]
        sample: {n: 1, ranges: {size: {choices: [512]}, iterations: {choices: [3]}, passes: {choices: [4]}}}
    """
    names = ("size", "seed", "iterations", "passes", "smoothness", "variety")
    steps = [(5, 1), (10, 2)]
    assert parameters_of(built(tmp_path, dedent(text)), *names) == [
        *((size, seed, *step, 1, 1) for size, seed, step in itertools.product([64, 128], [1, 2], steps)),
        *((256, seed, iterations, 7, 1, 1) for seed, iterations in itertools.product([1, 2], [5, 10])),
        *((size, 9, 100, 3, weight, weight) for size, weight in itertools.product([64, 128], [0, 2])),
        *((512, seed, 3, 4, 1, 1) for seed in (1, 2)),
    ]


def test_shared_samples_seeds_presets_and_conditions(tmp_path: Path) -> None:
    text = """
    presets: [faithful, painterly]
    seeds: 2
    sample: {n: 2, ranges: {iterations: {low: 1, high: 9}}}
    exclude: [preset = painterly and seed = 1]
    when: {seed: preset = faithful, passes: method = analogy}
    jobs:
      - inputs: [{style: a}]
      - inputs: [{style: b}]
        presets: faithful
        fixed: {smoothness: 2}
        exclude: iterations > 5
        when: {seed: method = semantic}
    """
    rows = built(tmp_path, dedent(text))
    iterations = list(dict.fromkeys(row.parameters.iterations for row in rows[:6]))
    assert len(iterations) == 2
    assert parameters_of(rows, "smoothness", "style_weight", "iterations", "seed") == [
        *((1, 25, number, seed) for number in iterations for seed in (0, 1)),
        *((1, 75, number, 0) for number in iterations),
        *((2, 25, number, seed) for number in iterations if number <= 5 for seed in (0, 1)),
    ]


def test_shared_images(tmp_path: Path) -> None:
    files(tmp_path, ["s/a.png", "s/b.png", "c/x.png", "c/y.png"])
    text = """
    styles: {glob: "s/*.png"}
    contents: {glob: "c/*.png"}
    jobs:
      - fixed: {size: 64}
      - {contents: {image: z.png}}
      - {styles: {image: q.png, map: qm.png}, targets: {map: t.png}}
      - {inputs: [{style: p.png}]}
    """
    found = [
        tuple(Path(path).name if path else None for path in (row.styles[0], row.content, row.target_map))
        for row in built(tmp_path, dedent(text))
    ]
    assert found == [
        *((style, content, None) for style in ("a.png", "b.png") for content in ("x.png", "y.png")),
        ("a.png", "z.png", None),
        ("b.png", "z.png", None),
        ("q.png", None, "t.png"),
        ("p.png", None, None),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{jobs: [{inputs: [{style: a}]}], inputs: [{style: a}]}", "inputs: there is no such key"),
        ("{jobs: [{inputs: [{style: a}]}], grid: {sise: 64}}", r"grid\.sise: there is no such parameter; did you mean"),
        ("{jobs: [{inputs: [{style: a}]}], zip: {size: [64], seed: [1, 2]}}", r"zip\.seed: is a list of 2"),
        ("{jobs: [{inputs: [{style: a}]}, {seeds: 2}]}", r"jobs\[1\]\.inputs: is missing"),
        ("{jobs: [{inputs: [{style: a}], grid: {size: 1}}]}", r"jobs\[0\]\.grid\.size: 1 is not between"),
        (
            "{jobs: [{inputs: [{style: a}]}, {inputs: [{style: a}], zip: {size: [64], seed: [1, 2]}}]}",
            r"jobs\[1\]\.zip\.seed: is a list of 2, and zip\.size of 1",
        ),
        (
            "{jobs: [{inputs: [{style: a}]}, {inputs: [{style: a}], exclude: size > x}]}",
            r"jobs\[1\]\.exclude\[0\]: character 8",
        ),
        (
            "{jobs: [{inputs: [{style: a}]}, {inputs: [{style: a}], sample: {n: 1, ranges: {size: {lo: 1}}}}]}",
            r"jobs\[1\]\.sample\.ranges\.size\.lo: there is no such key; did you mean low\?",
        ),
        (
            "{jobs: [{inputs: [{style: a}]}, {inputs: [{style: a}], exclude: size = 512}]}",
            r"jobs\[1\]\.exclude: leaves none of 1 row",
        ),
        ("{jobs: [{styles: {glob: '*.gif'}}]}", r"jobs\[0\]\.styles\.glob: no file"),
    ],
)
def test_mistakes_are_told_with_the_job(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=rf"spec\.yaml: {message}"):
        built(tmp_path, text)
