from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semstyle.engine.parameters import Parameters
from semstyle.errors import ParameterError
from semstyle.image_formats import FORMATS, ImageFormat


def test_text_from_a_command_line_becomes_typed() -> None:
    parameters = Parameters.from_mapping({"size": "256", "style_weight": "2.5e1", "style_layers": "relu3_1, 4_1"})
    assert (parameters.size, parameters.style_weight, parameters.style_layers) == (256, 25.0, ("3_1", "4_1"))


def test_none_is_the_default_and_a_round_trip_changes_nothing() -> None:
    assert Parameters.from_mapping({"size": None, "content_weight": None}) == Parameters()
    parameters = Parameters(size=77, style_layers=("2_1",), aspect=1.5)
    assert Parameters.from_mapping(parameters.as_dict()) == parameters


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size", 31),
        ("size", 10**9),
        ("size", 256.5),
        ("size", "wide"),
        ("size", True),
        ("style_weight", float("nan")),
        ("style_weight", float("inf")),
        ("style_weight", -1),
        ("semantic_weight", [1]),
        ("patch_size", 4),
        ("phases", 0),
        ("method", "magic"),
        ("style_layers", "6_1"),
        ("style_layers", ""),
        ("style_layers", "3_1,3_1"),
        ("style_layers", 3),
        ("encoder", ""),
        ("seed", -1),
        ("seed", 2**63),
        ("aspect", 0),
        ("style_shares", ""),
        ("style_shares", "1,,2"),
        ("style_shares", "1;2"),
        ("style_shares", [1, -1]),
        ("style_shares", [1, float("nan")]),
        ("style_shares", [True]),
        ("style_shares", [None]),
        ("style_shares", [0, 0]),
        ("style_shares", [1] * 17),
        ("style_shares", "1," * 100_000),
        ("style_shares", {1: 2}),
    ],
)
def test_a_bad_value_is_an_error_that_names_its_parameter(name: str, value: object) -> None:
    with pytest.raises(ParameterError) as caught:
        Parameters.from_mapping({name: value})
    assert caught.value.name == name
    assert str(caught.value).startswith(f"{name}: ")
    assert "\n" not in str(caught.value)


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(ParameterError, match="no such parameter"):
        Parameters.from_mapping({"styleweight": 3})


@given(
    st.dictionaries(
        st.sampled_from([spec.name for spec in dataclasses.fields(Parameters)]),
        st.one_of(
            st.none(), st.text(), st.integers(), st.floats(), st.booleans(), st.lists(st.one_of(st.text(), st.floats()))
        ),
    )
)
def test_anything_is_either_parameters_or_a_parameter_error(values: dict[str, object]) -> None:
    try:
        parameters = Parameters.from_mapping(values)
    except ParameterError:
        return
    assert Parameters.from_mapping(parameters.as_dict()) == parameters


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=16).filter(any))
def test_a_list_of_numbers_survives_as_text(shares: list[float]) -> None:
    parameters = Parameters(style_shares=tuple(shares))
    assert Parameters.from_mapping(parameters.as_dict()).style_shares == tuple(shares)
    assert Parameters.from_mapping({"style_shares": shares}) == parameters


def test_lists_of_numbers_read_well() -> None:
    assert Parameters.from_mapping({"style_shares": " 3, 1.5"}).as_dict()["style_shares"] == "3,1.5"
    assert Parameters.from_mapping({"style_shares": 2}).style_shares == (2.0,)


def test_a_large_seed_survives_exactly() -> None:
    assert Parameters(seed=2**63 - 1).seed == 2**63 - 1
    assert Parameters.from_mapping({"seed": str(2**53 + 1)}).seed == 2**53 + 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"style_wight": 1}, "style_wight: no such parameter; did you mean style_weight?"),
        ({"Style-Weight": 1}, "Style-Weight: no such parameter; did you mean style_weight?"),
        ({"encoder": "vgg20"}, "encoder: there is no 'vgg20'; did you mean vgg19? A file is written ./vgg20"),
        ({"init": "nois"}, "init: there is no 'nois'; did you mean noise? A file is written ./nois"),
        ({"seed": "1.5"}, "seed: '1.5' is not a whole number"),
    ],
)
def test_a_typo_gets_the_name_that_was_probably_meant(given: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError) as refused:
        Parameters.from_mapping(given)
    assert str(refused.value) == message


def test_a_files_path_is_no_typo() -> None:
    for path in ("./vgg20", "vgg19.safetensors", "s3://bucket/vgg20", "weights"):
        assert Parameters(encoder=path).encoder == path


def test_settled_parameters_say_what_a_render_used() -> None:
    assert Parameters().settled(True, 3) == Parameters(content_weight=10, phases=3)
    assert Parameters().settled(False, 1) == Parameters(content_weight=0, phases=1)
    assert Parameters(content_weight=2, phases=5).settled(False, 3) == Parameters(content_weight=2, phases=5)


@pytest.mark.parametrize(
    ("given", "quality"),
    [
        ({}, None),
        ({"quality": 80}, None),
        ({"format": "png", "quality": 80}, None),
        ({"format": "webp"}, 95),
        ({"format": "webp", "quality": "100"}, 100),
        ({"format": "jpeg", "quality": 1}, 1),
    ],
)
def test_only_a_format_that_loses_something_has_a_quality(given: dict[str, Any], quality: int | None) -> None:
    assert Parameters.from_mapping(given).quality == quality


@pytest.mark.parametrize("given", [{"format": "gif"}, {"format": "PNG"}, {"format": "webp", "quality": 0}])
def test_other_formats_and_qualities_are_errors(given: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        Parameters.from_mapping(given)


def test_a_size_that_the_format_cannot_have_is_told_before_anything_is_rendered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(FORMATS, "webp", ImageFormat("webp", largest_side=1000, quality=95))
    assert Parameters(size=1000, format="webp").size == 1000 and Parameters(size=1001).size == 1001
    with pytest.raises(ParameterError, match="size: 1001 is more than the 1,000 pixels that webp can have"):
        Parameters(size=1001, format="webp")
