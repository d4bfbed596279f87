"""Conditions on rows: what they mean, held against Python's own evaluation, and what is no condition."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semstyle.manifest.compared import RowValues
from semstyle.manifest.condition import DEEPEST, LONGEST, Condition
from semstyle.manifest.row import Position, Row, make_row


@dataclass(frozen=True)
class Values:
    """Values by name; what is missing is None."""

    by_name: Mapping[str, Any]

    def value(self, name: str) -> Any:
        return self.by_name.get(name)


def holds(text: str, **by_name: Any) -> bool:
    return Condition.parse(text).holds(Values({name.replace("__", "."): value for name, value in by_name.items()}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("size = 512", True),
        ("size == 512.0", True),
        ("size=512", True),
        ("size != 512", False),
        ("size > 511.5 and size <= 512", True),
        ("size < 512 or size >= 513", False),
        ("not size < 512", True),
        ("not (size = 512 or size = 256)", False),
        ("size in [256, 512]", True),
        ("size not in [256, 512]", False),
        ("size IN [256] OR NOT size = 256", True),
        ("method = gram or method = semantic and size = 1", False),
        ("(method = gram or method = semantic) and size = 512", True),
        ("method in [gram, 'semantic']", True),
        ("style_layers = '3_1,4_1'", True),
        ('style_layers = "relu3_1, 4_1"', True),
        ("style_layers = 3_1", False),
        ("rotations = 0", True),
        ("tags.scene = coast", True),
        ("tags.scene != 'the coast'", True),
        ("tags.'figure 5' = 'style weight'", True),
        ("tags.sheet = 5", True),
        ("tags.sheet = '5.0'", True),
        ("tags.sheet >= 5", True),
        ("tags.scene >= 5", False),
        ("tags.nowhere = x", False),
        ("tags.nowhere != x", True),
        ("tags.nowhere < 3", False),
        ("tags.nowhere = null", True),
        ("tags.null = 'null'", True),
        ("content = null", True),
        ("content != null", False),
        ("phases = null and not phases > 0", True),
        ("style = monet.jpg", True),
        ("style = paintings/monet.jpg", True),
        ("style = onet.jpg", False),
        ("style != second.jpg", False),
        ("style_map in [a.png, monet_map.png]", True),
    ],
)
def test_a_condition_means_what_it_says(text: str, expected: bool) -> None:
    assert expected == holds(
        text,
        size=512,
        method="semantic",
        style_layers=("3_1", "4_1"),
        rotations=(0.0,),
        style=("s3://b/paintings/monet.jpg", "s3://b/second.jpg"),
        style_map="/maps/monet_map.png",
        tags__scene="coast",
        tags__sheet="5",
        tags__null="null",
        **{"tags.figure 5": "style weight"},
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "character 1: expected the name of a parameter, of an input or of a tag (tags.NAME), found the end"),
        ("size", "character 5: expected =, !=, <, <=, >, >= or in after size, found the end"),
        ("size =", "character 7: expected a value: a number, a word, or text in quotes, found the end"),
        ("size = = 3", "character 8: expected a value: a number, a word, or text in quotes, found ="),
        ("size = 3 4", "character 10: expected and, or, or the end, found 4"),
        ("size = 3 and", "character 13: expected the name of a parameter"),
        (
            "and size = 3",
            "character 1: expected the name of a parameter, of an input or of a tag (tags.NAME), found and",
        ),
        ("size = not", "character 8: expected a value"),
        ("sise = 3", "character 1: there is no parameter sise; did you mean size?"),
        ("3 < size", "character 1: a comparison begins with a name, and its value comes last, found 3"),
        ("'size' = 3", "character 1: a comparison begins with a name"),
        ("size = tags.'a'", "character 8: expected a value"),
        ("tags. = 3", "character 1: tags. needs the tag's name after it"),
        ("tags.'' = 3", "character 1: tags. needs the tag's name after it"),
        ("(size = 3", "character 10: expected ) for the ( of character 1, found the end"),
        ("size = 3)", "character 9: expected and, or, or the end, found )"),
        ("size in 3", "character 9: expected [ after in, as in [256, 512], found 3"),
        ("size in []", "character 10: expected a value"),
        ("size in [3 4]", "character 12: expected , or ] in a list, found 4"),
        ("size ! 3", "character 6: a ! without ="),
        ("method = 'gram", "character 10: a quote that is not closed"),
        ("size = big", "character 8: size is compared with a number, and big is none"),
        ("size < null", "character 8: size is compared with a number, and null is none"),
        ("size = nan", "character 8: size is compared with a number, and nan is none"),
        ("tags.sheet < late", "character 14: tags.sheet is compared with a number, and late is none"),
        ("method < 3", "character 10: method is text, which < does not compare; use =, != or in"),
        (
            "method = gramm",
            "character 10: method: 'gramm' is not one of semantic, patch, gram, analogy, color; did you",
        ),
        ("preset = loyal", "character 10: preset: 'loyal' is not one of faithful, balanced, painterly"),
        ("style_layers = 9_9", "character 16: style_layers: no layer '9_9'"),
        ("__import__('os').system('true') = 1", "character 1: there is no parameter __import__"),
        ("size = 3; import os", "character 8: size is compared with a number, and 3; is none"),
        ("size = 1" + " or size = 1" * 500, f"a condition of 6,008 characters; the most is {LONGEST:,}"),
        ("(" * 2000 + "size = 1" + ")" * 2000, f"character {DEEPEST + 1}: more than {DEEPEST} parentheses and not"),
        ("not " * 1000 + "size = 1", f"character {4 * DEEPEST + 1}: more than {DEEPEST} parentheses and not"),
        ("[" * 4000, "character 1: expected the name"),
    ],
)
def test_what_is_no_condition_is_told_with_its_place(text: str, message: str) -> None:
    began = time.process_time()
    with pytest.raises(ValueError) as caught:
        Condition.parse(text)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500
    assert time.process_time() - began < 5


def test_as_deep_and_as_long_as_may_be() -> None:
    assert holds("(" * DEEPEST + "size = 1" + ")" * DEEPEST, size=1)
    many = "size = 1" + " or size = 1" * 300
    assert len(many) <= LONGEST and holds(many, size=1)


def test_the_names_that_it_looks_at() -> None:
    condition = Condition.parse("size = 1 or not (tags.a = b and size > 3) or style in [a, b]")
    assert condition.names() == {"size", "tags.a", "style"}


NUMBERS = ("size", "iterations", "style_weight")
WORDS = {"method": ("semantic", "patch", "gram"), "pooling": ("average", "max"), "tags.scene": ("coast", "palace")}


@st.composite
def comparisons(draw: st.DrawFn) -> tuple[str, str]:
    """A comparison, and an expression of Python's with the same meaning, in which v is a mapping of the values."""
    if draw(st.booleans()):
        name = draw(st.sampled_from(NUMBERS))
        compare = draw(st.sampled_from(["=", "==", "!=", "<", "<=", ">", ">="]))
        number = draw(st.sampled_from([0, 1, 2, 2.5, -1e3]))
        return f"{name} {compare} {number}", f"(v[{name!r}] {'==' if compare == '=' else compare} {number})"
    name = draw(st.sampled_from(sorted(WORDS)))
    words = draw(st.lists(st.sampled_from(WORDS[name]), min_size=1, max_size=3))
    if draw(st.booleans()):
        negated = draw(st.sampled_from(["", "not "]))
        quote = draw(st.sampled_from(["", "'", '"']))
        listed = ",".join(f"{quote}{word}{quote}" for word in words)
        return f"{name} {negated}in [{listed}]", f"(v[{name!r}] {negated}in {words!r})"
    compare = draw(st.sampled_from(["=", "!="]))
    return f"{name}{compare}{words[0]}", f"(v[{name!r}] {'==' if compare == '=' else compare} {words[0]!r})"


def joined(parts: st.SearchStrategy[tuple[str, str]]) -> st.SearchStrategy[tuple[str, str]]:
    """Conditions of parts without parentheses, so that it counts what binds tighter, which is as in Python."""
    return st.one_of(
        st.tuples(parts, st.sampled_from(["and", "or"]), parts).map(
            lambda drawn: tuple(f"{one} {drawn[1]} {other}" for one, other in zip(drawn[0], drawn[2], strict=True))
        ),
        parts.map(lambda pair: (f"not ({pair[0]})", f"not ({pair[1]})")),
        parts.map(lambda pair: (f"not {pair[0]}", f"not {pair[1]}")),
        parts.map(lambda pair: (f"( {pair[0]} )", f"({pair[1]})")),
    )


@settings(max_examples=500)
@given(
    st.recursive(comparisons(), joined, max_leaves=12),
    st.fixed_dictionaries(
        {
            **dict.fromkeys(NUMBERS, st.sampled_from([0, 1, 2, 2.5, 3])),
            **{name: st.sampled_from(words) for name, words in WORDS.items()},
        }
    ),
)
def test_conditions_mean_what_they_would_in_python(pair: tuple[str, str], by_name: dict[str, Any]) -> None:
    text, expression = pair
    expected = eval(expression, {"__builtins__": {}}, {"v": by_name})
    assert Condition.parse(text).holds(Values(by_name)) == expected


@settings(max_examples=500)
@given(
    st.one_of(
        st.text(max_size=80),
        st.lists(
            st.sampled_from([*"()[],=<>!'\"", "and ", " or ", "not ", " in ", "size", "tags.a", "'x'", " 3", "null"]),
            max_size=20,
        ).map("".join),
    )
)
def test_any_text_is_a_condition_or_one_clear_line(text: str) -> None:
    try:
        condition = Condition.parse(text)
    except ValueError as error:
        assert str(error) and "\n" not in str(error)
        return
    assert isinstance(condition.holds(Values({"size": 3, "tags.a": "x"})), bool)


def test_a_row_of_a_manifest_has_its_defaults() -> None:
    values = {"style": ["a.jpg", "b.jpg"], "content": "c.png", "tags": [("scene", "coast")], "style_weight": 60.0}
    row = make_row(values, Position("m.parquet", 1), "/photos")
    assert isinstance(row, Row)
    for text in (
        "tags.scene = coast and style_weight > 50",
        "content_weight = 10 and size = 512 and method = semantic",
        "style = b.jpg and content = photos/c.png and style_map = null",
    ):
        assert Condition.parse(text).holds(RowValues(row)), text
    assert not Condition.parse("tags.scene = palace or style_weight <= 50").holds(RowValues(row))
    alone = make_row({"style": "a.jpg"}, Position("m.parquet", 1), "/photos")
    assert isinstance(alone, Row) and Condition.parse("content_weight = 0").holds(RowValues(alone))
