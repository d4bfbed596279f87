"""What kind of value a parameter takes is read off its annotation."""

from __future__ import annotations

import dataclasses

import pytest

from semstyle.engine.parameter import element_type, parameter_type
from semstyle.engine.parameters import Parameters

FIELDS = {spec.name: spec for spec in dataclasses.fields(Parameters)}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("size", int),
        ("phases", int),
        ("smoothness", float),
        ("content_weight", float),
        ("init", str),
        ("scales", tuple),
    ],
)
def test_a_parameter_is_of_one_type_beside_none(name: str, kind: type) -> None:
    assert parameter_type(FIELDS[name]) is kind


@pytest.mark.parametrize(
    ("name", "kind"), [("style_layers", str), ("content_weights", str), ("style_shares", float), ("rotations", float)]
)
def test_a_list_has_elements_of_one_type(name: str, kind: type) -> None:
    assert (parameter_type(FIELDS[name]), element_type(FIELDS[name])) == (tuple, kind)


def test_every_parameter_is_of_a_type_that_is_checked() -> None:
    assert {parameter_type(spec) for spec in FIELDS.values()} == {str, int, float, tuple}
