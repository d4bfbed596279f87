"""Labels in named colours."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from semstyle.maps.painted.colors import TOO_CLOSE
from semstyle.studio.errors import StudioError
from semstyle.studio.sessions.palette import color_name, first_palette, joined, rgb_of


def test_the_first_labels_are_told_apart_by_the_matcher() -> None:
    colors = rgb_of(first_palette()) / 255
    assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(colors, 2)) > 2 * TOO_CLOSE


@pytest.mark.parametrize(
    ("color", "name"),
    [((0, 0, 0), "black"), ((170, 20, 30), "dark red"), ((70, 130, 60), "green"), ((250, 140, 20), "orange")],
)
def test_colours_are_called_what_people_call_them(color: tuple[int, int, int], name: str) -> None:
    assert color_name(color) == name


def test_a_colour_that_is_known_keeps_its_label() -> None:
    palette = first_palette()
    palette[1].is_retired = True
    colors = np.array([palette[1].rgb, (0, 0, 0), (1, 1, 1), palette[0].rgb], np.uint8)
    after, numbers = joined(palette, colors)
    assert numbers.tolist() == [1, 6, 7, 0] and [label.name for label in after[6:]] == ["black", "black 2"]
    assert not after[1].is_retired and palette[1].is_retired, "it is offered again; the palette given stays as it was"


def test_there_is_no_room_for_ever_more_labels() -> None:
    colors = np.array([(number, 0, 0) for number in range(60)], np.uint8)
    with pytest.raises(StudioError, match="66 labels; the most is 64"):
        joined(first_palette(), colors)
