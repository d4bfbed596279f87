"""Presets: what they set, what wins over them, and that the page about them says the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from semstyle.engine.methods import METHODS
from semstyle.engine.parameters import Parameters
from semstyle.engine.presets import PRESETS
from semstyle.errors import ParameterError

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "methods" / "semantic.md").read_text()
LADDER = ["faithful", "balanced", "painterly"]
SET = [(preset, name) for preset, values in PRESETS.items() for name in values]


def test_there_are_three_in_order_and_the_middle_one_is_the_defaults() -> None:
    assert list(PRESETS) == LADDER
    assert PRESETS["balanced"] == {}


@pytest.mark.parametrize("preset", LADDER)
@pytest.mark.parametrize("method", METHODS)
def test_a_preset_is_legal_with_every_method_and_without_content(preset: str, method: str) -> None:
    parameters = Parameters.from_mapping({"preset": preset, "method": method})
    assert parameters == Parameters.from_mapping({"method": method, **PRESETS[preset]})
    assert "content" not in (parameters.init, parameters.preserve_color) and not parameters.content_weights
    assert parameters.weight_of_content(False) == 0


def test_presets_differ() -> None:
    made = [Parameters.from_mapping({"preset": preset}) for preset in LADDER]
    assert len(set(made)) == len(LADDER)
    assert made[1] == Parameters() == Parameters.from_mapping({"preset": None})


@pytest.mark.parametrize(("preset", "name"), SET)
def test_what_is_set_by_name_wins_and_the_rest_of_the_preset_stays(preset: str, name: str) -> None:
    default = Parameters().as_dict()[name]
    given = 7 if default is None else default
    both = Parameters.from_mapping({"preset": preset, name: given})
    assert both.as_dict()[name] == given
    assert both == Parameters.from_mapping({**PRESETS[preset], name: given})
    assert Parameters.from_mapping({"preset": preset, name: None}) == Parameters.from_mapping({"preset": preset})


@pytest.mark.parametrize(
    ("preset", "message"),
    [
        ("faithfull", "preset: 'faithfull' is not one of faithful, balanced, painterly; did you mean faithful?"),
        ("none", "preset: 'none' is not one of faithful, balanced, painterly"),
        (" ", "preset: ' ' is not text"),
        (3, "preset: 3 is not text"),
        (["faithful"], "preset: ['faithful'] is not text"),
    ],
)
def test_an_unknown_preset_is_one_clear_line(preset: object, message: str) -> None:
    with pytest.raises(ParameterError) as refused:
        Parameters.from_mapping({"preset": preset})
    assert str(refused.value) == message


def test_a_misspelt_name_is_told() -> None:
    with pytest.raises(ParameterError, match=r"presett: no such parameter; did you mean preset\?"):
        Parameters.from_mapping({"presett": "faithful"})


def test_the_page_says_what_each_sets() -> None:
    section = PAGE.split("\n### Presets\n")[1].split("\n### ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", section, re.MULTILINE)
    told = {preset: dict(re.findall(r"`(\w+)=([^`]+)`", cell)) for preset, cell in rows}
    assert list(told) == list(PRESETS)
    for preset, values in told.items():
        assert values.keys() == PRESETS[preset].keys(), preset
        assert Parameters.from_mapping(values) == Parameters.from_mapping({"preset": preset}), preset
