"""Parameters from strangers: out of range or of another kind is one clear line; what is legal renders."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import pytest
from settling import SMALL, settled

from semstyle.engine.parameter import parameter_type
from semstyle.engine.parameters import Parameters
from semstyle.manifest.yaml_loader import load_yaml

NUMBERS = {field.name: field for field in dataclasses.fields(Parameters) if parameter_type(field) in (int, float)}
WORDS = [field.name for field in dataclasses.fields(Parameters) if field.metadata.get("choices")]


def wrong_numbers(name: str) -> dict[str, Any]:
    low, high = (NUMBERS[name].metadata[limit] for limit in ("low", "high"))
    return {
        "not a number": math.nan,
        "infinite": math.inf,
        "infinite below": -math.inf,
        "negative": -1,
        "just too small": low - 1,
        "just too large": high * 2 + 1,
        "huge": 1e308,
        "huge and whole": 2**63 - 1 if high < 2**62 else 2**64,
        "text": "many",
        "text of digits too many to read": "9" * 5000,
        "a truth": True,
        "a list": [1],
    }


@pytest.mark.parametrize(
    ("name", "case"), [(name, case) for name in NUMBERS for case in wrong_numbers(name)], ids="-".join
)
def test_a_number_out_of_range(name: str, case: str, folder: Path) -> None:
    line = settled(folder, {"style": "style.png", name: wrong_numbers(name)[case]})
    assert line is not None and line.startswith(f"{name}: ")


WRONG_WORDS = {
    "unknown": "nonsense",
    "blank": " ",
    "10 kB": "x" * 10_000,
    "escape sequence": "\x1b[2J",
    "newline": "semantic\n",
    "number": 3,
}


@pytest.mark.parametrize(("name", "case"), [(name, case) for name in WORDS for case in WRONG_WORDS], ids="-".join)
def test_a_word_that_is_none(name: str, case: str, folder: Path) -> None:
    line = settled(folder, {"style": "style.png", name: WRONG_WORDS[case]})
    assert line is not None and line.startswith(f"{name}: ")


@pytest.mark.parametrize("layers", ["9_9", "3_1,3_1", ",", "3_1," * 5000, [], ["3_1", None], "relurelu3_1"])
def test_layers_that_are_none(layers: Any, folder: Path) -> None:
    line = settled(folder, {"style": "style.png", "style_layers": layers})
    assert line is not None and line.startswith("style_layers: ")


TAGS = {
    "text": "a=b",
    "numbers": {"a": 1},
    "doubled": [("a", "1"), ("a", "2")],
    "nested": {"a": {"b": "c"}},
    "a number": 7,
    "ragged": [("a",)],
}


@pytest.mark.parametrize("case", TAGS)
def test_tags_that_are_none(case: str, folder: Path) -> None:
    line = settled(folder, {"style": "style.png", "tags": TAGS[case]})
    assert line is not None and line.startswith("tags: ")


@pytest.mark.parametrize(
    "tags",
    [{"../../x": "../../y"}, {"\x1b[2J": "\x1b[31m"}, {"<b>": "<script>"}, {"k" * 10_000: "v" * 10_000}, {"": ""}],
    ids=["paths", "escape sequences", "markup", "10 kB", "empty"],
)
def test_any_text_may_be_a_tag_and_goes_nowhere(tags: dict[str, str], folder: Path) -> None:
    assert settled(folder, {"style": "style.png", "tags": tags}) is None


EXTREMES: dict[str, dict[str, Any]] = {
    "nothing weighs anything": {"style_weight": 0.0, "smoothness": 0.0},
    "style weighs a million": {"style_weight": 1e6},
    "style weighs next to nothing": {"style_weight": 1e-320},
    "map weighs a million": {"semantic_weight": 1e6, "style_map": "map.npy", "target_map": "map.npy"},
    "map weighs next to nothing": {"semantic_weight": 1e-300, "style_map": "map.npy", "target_map": "map.npy"},
    "content weighs a million": {"content_weight": 1e6, "content": "content.png"},
    "content weighs a million and is not there": {"content_weight": 1e6},
    "smooth a million times": {"smoothness": 1e6},
    "all variety": {"variety": 1e3},
    "patches of a pixel": {"patch_size": 1},
    "the last seed": {"seed": 2**63 - 1},
    "more phases than fit": {"phases": 8},
}


@pytest.mark.parametrize("case", EXTREMES)
def test_a_legal_extreme_renders(case: str, folder: Path) -> None:
    assert settled(folder, {"style": "style.png", **EXTREMES[case]}) is None


TOO_SMALL: dict[str, dict[str, Any]] = {
    "very wide": {"aspect": 20.0},
    "very tall": {"aspect": 0.05},
    "patches larger than the features": {"patch_size": 9},
    "layers too deep": {"style_layers": "5_1"},
    "layers too deep for patches of a pixel": {"style_layers": "5_1", "patch_size": 1},
}


@pytest.mark.parametrize("case", TOO_SMALL)
def test_a_picture_too_small_for_what_is_asked(case: str, folder: Path) -> None:
    line = settled(folder, {"style": "style.png", **TOO_SMALL[case]})
    assert line is not None and "at the deepest layer" in line


def test_the_small_render_that_these_tests_change_is_legal(folder: Path) -> None:
    assert settled(folder, {"style": "style.png"}) is None
    assert Parameters.from_mapping(SMALL).size == 32


@pytest.mark.parametrize(
    "text",
    [
        "x: !!int ''",
        "x: !!float ''",
        "x: !!bool q",
        "x: !!timestamp q",
        "x: !!python/name:os.system",
        "x: " + "9" * 5000,
    ],
)
def test_values_that_a_grid_spec_cannot_make(text: str) -> None:
    with pytest.raises(ValueError, match=r"line 1|not readable as YAML"):
        load_yaml(text.encode())


@pytest.mark.parametrize("merge", ["<<: *a", "? !!merge x\n  : *a"])
def test_a_grid_spec_that_merges_is_refused(merge: str) -> None:
    with pytest.raises(ValueError, match="merging with << is not read"):
        load_yaml(f"a: &a {{k: 1}}\nb:\n  {merge}\n".encode())
