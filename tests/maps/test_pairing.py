"""Which maps go together, and which map lies on which image."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from semstyle.engine import InputError
from semstyle.maps import SemanticMap, check_aspect, pair

COUNTS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}


def made(channels: str, name: str, alpha: float = 1.0, size: tuple[int, int] = (4, 6)) -> SemanticMap:
    values = torch.rand(COUNTS[channels], *size)
    if channels.endswith("A"):
        values[-1] = alpha
    return SemanticMap(values, channels, name)


@pytest.mark.parametrize(("plain", "with_alpha"), [("L", "LA"), ("RGB", "RGBA")])
def test_an_opaque_alpha_on_one_side_is_dropped(plain: str, with_alpha: str) -> None:
    one, other = made(plain, "a"), made(with_alpha, "b", size=(8, 12))
    assert torch.equal(pair([one], other)[1], other.values[:-1])
    assert torch.equal(pair([other], one)[0][0], other.values[:-1])
    assert torch.equal(pair([one], other)[0][0], one.values)


def test_the_same_channels_are_left_alone() -> None:
    for channels in COUNTS:
        one, other = made(channels, "a", alpha=1), made(channels, "b", alpha=0.5)
        (style,), target = pair([one], other)
        assert style is one.values
        assert target is other.values


def test_five_channels_from_arrays() -> None:
    one = SemanticMap(torch.rand(5, 2, 3), "npy", "a.npy")
    other = SemanticMap(torch.rand(5, 9, 7), "npy", "b.npy")
    assert [len(values) for values in pair([one], other)[0]] == [5]


def test_one_transparent_pixel_makes_alpha_count() -> None:
    other = made("RGBA", "b.png")
    other.values[-1, 0, 0] = 254 / 255
    with pytest.raises(InputError, match="RGBA, 4 channels"):
        pair([made("RGB", "a.png")], other)


def test_the_last_channel_of_an_array_is_no_alpha() -> None:
    array = SemanticMap(torch.ones(4, 4, 6), "npy", "a.npy")
    with pytest.raises(InputError):
        pair([array], made("RGB", "b.png"))


@pytest.mark.parametrize(("one", "other"), [("L", "RGB"), ("L", "RGBA"), ("LA", "RGB"), ("RGBA", "LA")])
def test_other_mismatches_name_both_images_their_channels_and_sizes(one: str, other: str) -> None:
    with pytest.raises(InputError) as caught:
        pair([made(one, "s3://b/style.png")], made(other, "target.png", size=(32, 64)))
    message = str(caught.value)
    for part in ("style_map s3://b/style.png", "target_map target.png", f"({one}, ", f"({other}, ", "6×4", "64×32"):
        assert part in message


@given(st.integers(8, 3000), st.integers(8, 3000), st.floats(0.02, 4), st.sampled_from([round, int]))
def test_a_scaled_map_fits_its_image(width: int, height: int, scale: float, rounding: type[int]) -> None:
    size = (max(1, rounding(height * scale)), max(1, rounding(width * scale)))
    semantic_map = SemanticMap(torch.empty(1).expand(1, *size), "L", "m")
    check_aspect(semantic_map, torch.empty(1).expand(3, height, width), "image")


@pytest.mark.parametrize(
    ("map_size", "image_size"),
    [((512, 384), (384, 512)), ((512, 500), (512, 512)), ((100, 104), (1000, 1000)), ((1024, 1060), (512, 512))],
)
def test_another_aspect_names_both(map_size: tuple[int, int], image_size: tuple[int, int]) -> None:
    semantic_map = SemanticMap(torch.zeros(1, *map_size), "L", "m.png")
    with pytest.raises(
        InputError, match=rf"m\.png.*{map_size[1]}×{map_size[0]}.*i\.jpg.*{image_size[1]}×{image_size[0]}"
    ):
        check_aspect(semantic_map, torch.zeros(3, *image_size), "i.jpg")
