"""Content factors: which pixels of a target map have which, and what is told when a colour is none of the map's."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from semstyle.engine import ParameterError, Parameters, Request
from semstyle.engine.inputs.content_factors import content_factors, factors_at, factors_of
from semstyle.engine.label_weights import parse_label_weights


def painted(*rows: list[str]) -> Tensor:
    """A map with these colours, ``#rrggbb`` or a grey ``gg``: (3, h, w) or (1, h, w)."""
    values = [[list(bytes.fromhex(color.lstrip("#"))) for color in row] for row in rows]
    return torch.tensor(values).permute(2, 0, 1) / 255


RED, GREEN, BLUE = "#ff0000", "#00ff00", "#0000ff"


def factors(target_map: Tensor, text: str) -> list[list[float]]:
    made = factors_of(target_map, parse_label_weights(text))
    assert made.shape == (1, *target_map.shape[1:]) and made.dtype == torch.float32
    values: list[list[float]] = made[0].tolist()
    return values


def test_by_hand() -> None:
    target_map = painted([RED, RED, BLUE], [GREEN, RED, BLUE])
    assert factors(target_map, "#f00=3") == [[3, 3, 1], [1, 3, 1]]
    assert factors(target_map, "#00f=0,#0f0=0.5") == [[1, 1, 0], [0.5, 1, 0]]


def test_a_colour_that_is_nearly_the_maps_is_that() -> None:
    assert factors(painted([RED, BLUE]), "#c81e1e=3") == [[3, 1]]


def test_of_two_colours_that_are_near_each_other_only_the_named_one_is_meant() -> None:
    assert factors(painted(["#508cf0", "#82b4f5", "#b9d7fa"]), "#82b4f5=3") == [[1, 3, 1]]


def test_shades_belong_to_the_label_that_is_nearest() -> None:
    row = [RED, RED, RED, "#fa0505", "#a00040", BLUE, BLUE]
    assert factors(painted(row), "#ff0000=3")[0] == [3, 3, 3, 3, 1, 1, 1]
    assert factors(painted(row), "#0000ff=3")[0] == [1, 1, 1, 1, 1, 3, 3]


def test_a_grey_map_and_one_with_a_fourth_channel() -> None:
    assert factors(painted(["00", "80", "ff"]), "#808080=2") == [[1, 2, 1]]
    with_alpha = torch.cat([painted([RED, BLUE]), torch.tensor([[[1.0, 0.0]]])])
    assert factors(with_alpha, "#00f=2") == [[1, 2]]


@pytest.mark.parametrize("channels", [2, 5])
def test_a_map_without_colours_is_refused(channels: int) -> None:
    with pytest.raises(ParameterError, match=f"content_weights: .*the target map has {channels} channels; give a grey"):
        factors(torch.zeros(channels, 2, 2), "#f00=2")


def test_a_colour_that_the_map_has_not_is_told_with_those_that_it_has() -> None:
    with pytest.raises(ParameterError) as refused:
        factors(painted([BLUE, BLUE, RED]), "#f00=2,#ff0=3")
    assert str(refused.value) == ("content_weights: the target map has no colour like #ffff00; it has #0000ff, #ff0000")
    corners = [f"#{red}{green}{blue}" for red in ("00", "ff") for green in ("00", "ff") for blue in ("00", "ff")]
    many = painted([*corners, "#808000", "#008080"])
    with pytest.raises(ParameterError, match=r"it has (#\w{6}, ){7}#\w{6} and 2 more$"):
        factors(many, "#404040=2")


def test_two_colours_of_one_label_are_refused() -> None:
    with pytest.raises(ParameterError, match="#ff0000 and #f01010 both are the map's #ff0000; keep one"):
        factors(painted([RED, BLUE]), "#f00=2,#f01010=3")


def test_a_layer_has_the_mean_factor_of_what_lies_under_each_of_its_pixels() -> None:
    made = factors_of(painted([RED, RED, BLUE, BLUE], [RED, BLUE, BLUE, BLUE]), parse_label_weights("#f00=5"))
    at_layer = factors_at((1, 2), made)
    assert at_layer is not None and at_layer.tolist() == [[[4, 1]]]
    larger = factors_at((4, 8), made)
    assert larger is not None and larger.shape == (1, 4, 8) and larger.mean() == made.mean()
    assert factors_at((1, 2), None) is None


IMAGE, MAP = torch.zeros(3, 8, 8), painted(*[[RED] * 8] * 4, *[[BLUE] * 8] * 4)


def test_a_request_needs_content_and_a_target_map() -> None:
    parameters = Parameters(content_weights=("#f00=2",))
    with pytest.raises(ParameterError, match=r"content_weights: .*there is no content image"):
        content_factors(Request(IMAGE, MAP, MAP, parameters=parameters))
    with pytest.raises(ParameterError, match=r"content_weights: .*of the target map, but there is none"):
        content_factors(Request(IMAGE, content=IMAGE, parameters=parameters))
    assert content_factors(Request(IMAGE, MAP, MAP, IMAGE)) is None


@pytest.mark.parametrize("values", [{"method": "patch"}, {"method": "gram"}, {"semantic_weight": 0.0}])
def test_a_map_that_is_not_matched_is_still_looked_at(values: dict[str, object]) -> None:
    parameters = Parameters.from_mapping({"content_weights": "#f00=2", **values})
    made = content_factors(Request(IMAGE, MAP, MAP, IMAGE, parameters))
    assert made is not None and made[0, :, 0].tolist() == [2] * 4 + [1] * 4
