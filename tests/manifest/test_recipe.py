"""What an image says of how it was made: it makes the same image again, holds no secret, and strangers' is checked."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semstyle.errors import InputError
from semstyle.manifest.recipe import RECIPE_KEY, Recipe, read_recipe
from semstyle.manifest.row import Position, Row, make_row


def row_of(**values: Any) -> Row:
    row = make_row({"style": "style.png", **values}, Position("m", 1), "/data")
    assert isinstance(row, Row), row
    return row


def test_the_command_names_inputs_and_what_is_not_the_default() -> None:
    recipe = Recipe.of(row_of(content="a photo.jpg", style_weight=100.0, seed=3), 3)
    assert shlex.split(recipe.command()) == [
        *("semstyle", "render", "--style=/data/style.png", "--content=/data/a photo.jpg"),
        *("--set", "style_weight=100.0", "--set", "seed=3", "-o", "again.png"),
    ]
    assert recipe.settings() == {"style_weight": 100.0, "seed": 3}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"method": "gram"},
        {"method": "analogy", "passes": 2},
        {"preset": "painterly", "content": "c.png"},
        {"rotations": "0,15", "style_layers": "3_1", "detail_layers": "none"},
        {"style_map": "m.png", "target_map": "t.png", "content": "c.png", "content_weights": "#ff0000=2"},
        {"format": "webp"},
        {"format": "webp", "quality": 100},
        {"format": "jpeg", "quality": 80},
        {"format": "png", "quality": 80},
    ],
    ids=str,
)
def test_its_settings_give_the_parameters_that_were_used(values: dict[str, Any]) -> None:
    row = row_of(**values)
    recipe = read_recipe({RECIPE_KEY: Recipe.of(row, 2).text()}, "x.png")
    again = row_of(**{name: value for name, value in recipe.inputs.items() if name != "style"}, **recipe.settings())
    assert again.parameters.settled(row.content is not None, 2) == row.parameters.settled(row.content is not None, 2)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"format": "webp", "quality": 100}, ["--set", "quality=100", "-o", "again.webp"]),
        ({"format": "jpeg"}, ["-o", "again.jpeg"]),
        ({"format": "png", "quality": 80}, ["-o", "again.png"]),
    ],
)
def test_the_command_s_file_has_the_format(values: dict[str, Any], words: list[str]) -> None:
    recipe = Recipe.of(row_of(**values), 3)
    assert shlex.split(recipe.command())[3:] == words
    spec = json.loads(Recipe.of(row_of(style=["a.png", "b.png"], **values), 3).command())
    assert spec["fixed"].get("format", "png") == values["format"]


def test_several_styles_become_a_spec() -> None:
    spec = json.loads(Recipe.of(row_of(style=["a.png", "b.png"], seed=1), 3).command())
    assert spec == {"inputs": [{"style": ["/data/a.png", "/data/b.png"]}], "fixed": {"seed": 1}}


def test_passwords_stay_out() -> None:
    text = Recipe.of(row_of(style="https://user:hunter2@example.org/a.png?X-Amz-Signature=secretsignature"), 3).text()
    assert "hunter2" not in text and "secretsignature" not in text


def test_nothing_in_it_differs_from_one_run_to_the_next() -> None:
    one, other = row_of(render_id="one", tags={"night": "1"}), row_of(render_id="two")
    assert Recipe.of(one, 3) == Recipe.of(other, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "does not say how it was made"),
        ("{", "damaged"),
        ('{"inputs": {}, "parameters": {}, "shell": "rm"}', "damaged"),
        ('{"inputs": {"--exec": "x"}, "parameters": {}}', "no input '--exec'"),
        ('{"inputs": {}, "parameters": {"brush": 1}}', "another version of semstyle: brush"),
        ('{"inputs": {}, "parameters": {"size": 1000000}}', "another version of semstyle: size"),
    ],
)
def test_strangers_texts_are_checked(text: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_recipe({} if text is None else {RECIPE_KEY: text}, "x.png")


@given(st.text(min_size=1, max_size=60))
def test_no_path_becomes_another_word_of_the_command(path: str) -> None:
    recipe = Recipe(inputs={"style": path}, parameters={"size": 64})
    words = shlex.split(recipe.command())
    assert words[:3] == ["semstyle", "render", f"--style={path}"]
    assert words[3:] == ["--set", "size=64", "-o", "again.png"]
