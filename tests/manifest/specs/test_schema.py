"""The JSON schema of specs: the committed copy is current, and it takes and refuses what the program does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from enumerated import ONE
from jsonschema import Draft202012Validator

from semstyle.engine.parameters import Parameters
from semstyle.manifest.columns import SPEC_COLUMNS
from semstyle.manifest.specs.schema import schema_text, spec_schema
from semstyle.manifest.yaml_loader import load_yaml

REPOSITORY = Path(__file__).resolve().parents[3]
COPY = REPOSITORY / "docs" / "spec.schema.json"
SPECS = sorted((REPOSITORY / "manifests").glob("*.yaml"))
VALIDATOR = Draft202012Validator(spec_schema())


def problems(text: str | bytes) -> list[str]:
    document = load_yaml(text if isinstance(text, bytes) else text.encode())
    return [error.message for error in VALIDATOR.iter_errors(document)]


def test_the_committed_copy_is_current() -> None:
    assert COPY.read_text() == schema_text(), "semstyle manifest schema > docs/spec.schema.json"


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(spec_schema())


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.name)
def test_it_takes_every_spec_that_comes_with_semstyle(spec: Path) -> None:
    assert problems(spec.read_bytes()) == []


def test_it_knows_every_parameter_with_its_meaning() -> None:
    definitions = spec_schema()["$defs"]
    for part in ("Fixed", "Varied", "Conditions"):
        assert list(definitions[part]["properties"]) == list(SPEC_COLUMNS)
        assert all(value["description"] for value in definitions[part]["properties"].values())
    default = {name: value for name, value in Parameters().as_dict().items() if value is not None}
    assert problems(f"{ONE}fixed: {json.dumps(default)}") == []


@pytest.mark.parametrize(
    "text",
    [
        ONE,
        ONE + "grid: {size: [64, '128', null], style_layers: ['3_1', [3_1, 4_1]], rotations: [[0, 15], 0]}",
        ONE + "grid: {size: 64}\nfixed: {preset: faithful, init: start.png}",
        ONE + "zip: {size: [64, 128], passes: [1, 2]}\nseeds: 5\npresets: painterly\nexclude: size = 64",
        ONE + "sample: {method: latin, n: 4, seed: 2, ranges: {variety: {low: 0, high: 1}, pooling: {choices: [max]}}}",
        "{styles: {glob: 'a/*'}, contents: [{image: c, map: m, tags: {sheet: 5}}], seeds: [1, 2]}",
        "{styles: [{image: a}], targets: {glob: 'd/*'}, when: {size: seed = 1}, environment: [PHOTOS]}",
        "{styles: {glob: 'a/*'}, jobs: [{inputs: [{style: [a, b]}]}, {seeds: 2}], environment: [PHOTOS]}",
    ],
)
def test_it_takes_what_the_program_takes(text: str) -> None:
    assert problems(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "inputs: []",
        "inputs: [{stile: a}]",
        "jobs: []",
        ONE + "girds: {size: 64}",
        ONE + "grid: {sise: 64}",
        ONE + "grid: {size: [64, 3]}",
        ONE + "fixed: {method: gramm}",
        ONE + "when: {size: 3}",
        ONE + "seeds: 0",
        ONE + "sample: {n: 2}",
        ONE + "sample: {n: 2, ranges: {size: {lo: 32, high: 64}}}",
        ONE + "sample: {n: 2, method: sobel, ranges: {size: {low: 32, high: 64}}}",
        "styles: {glbo: a}",
        "{jobs: [{inputs: [{style: a}]}], inputs: [{style: a}]}",
    ],
)
def test_it_refuses_what_the_program_refuses(text: str) -> None:
    assert problems(text)
