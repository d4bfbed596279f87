"""Labels from maps of flat colours, of blurred ones and of soft channels."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter
from torch import Tensor

from semstyle.evaluate.labels import labels_of

COLORS = torch.tensor([[240, 10, 20], [10, 220, 30], [20, 30, 230], [250, 250, 250]]).float() / 255


def regions(seed: int, count: int = 4, side: int = 64) -> Tensor:
    """Four by four squares of so many labels, (side, side)."""
    coarse = torch.randint(0, count, (4, 4), generator=torch.Generator().manual_seed(seed))
    return coarse.repeat_interleave(side // 4, 0).repeat_interleave(side // 4, 1)


def colored(labels: Tensor) -> Tensor:
    return COLORS[labels].permute(2, 0, 1)


def as_picture(values: Tensor) -> Image.Image:
    return Image.fromarray((values * 255).byte().permute(1, 2, 0).numpy(), "RGB")


def as_tensor(picture: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 255


def agreement(found: Tensor, wanted: Tensor) -> float:
    """The share of pixels that agree, when each found label stands for what it mostly lies on."""
    matched = torch.zeros_like(found)
    for label in found.unique():
        matched[found == label] = wanted[found == label].mode().values
    return float((matched == wanted).double().mean())


def test_each_colour_is_a_label_and_the_same_in_all_maps() -> None:
    target, styles = regions(0), (regions(1), regions(2))
    found = labels_of(colored(target), [colored(style) for style in styles])
    names = {int(number): int(found.target[target == number][0]) for number in target.unique()}
    assert len(set(names.values())) == len(names)
    for ours, wanted in zip((found.target, *found.styles), (target, *styles), strict=True):
        assert ours.tolist() == wanted.apply_(lambda number: names.setdefault(number, -1)).tolist()


def test_soft_channels_have_the_label_of_the_largest() -> None:
    probabilities = torch.rand(3, 20, 20, generator=torch.Generator().manual_seed(0)).softmax(0)
    found = labels_of(probabilities, [probabilities.flip(0)])
    assert torch.equal(found.target, probabilities.argmax(0))
    assert torch.equal(found.styles[0], probabilities.flip(0).argmax(0))
    many = torch.randn(9, 20, 20)
    assert torch.equal(labels_of(many, [many]).target, many.argmax(0))


@pytest.mark.parametrize("damage", ["jpeg", "blur"])
def test_a_blurred_map_has_the_labels_of_the_nearest_common_colours(damage: str) -> None:
    wanted = regions(3)
    picture = as_picture(colored(wanted))
    if damage == "blur":
        picture = picture.filter(ImageFilter.GaussianBlur(1))
    else:
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=60)
        picture = Image.open(stream)
    found = labels_of(as_tensor(picture), [colored(wanted)])
    assert agreement(found.target, wanted) > 0.9
    assert agreement(found.styles[0], wanted) == 1


def test_a_large_map_is_looked_at_on_a_bounded_grid() -> None:
    wanted = regions(0, side=2048)
    found = labels_of(colored(wanted), [colored(regions(1))])
    assert found.target.shape == (512, 512)
    assert agreement(found.target, wanted[2::4, 2::4]) == 1
    assert found.target_at((31, 47)).shape == (31, 47)
    assert found.style_at(0, (100, 8)).shape == (100, 8)


def test_numbers_of_any_range_are_told_apart() -> None:
    wanted = regions(5)
    found = labels_of(wanted[None] * 1000.0 - 700, [wanted[None] * 1000.0 - 700])
    assert agreement(found.target, wanted) == 1
    assert len(found.target.unique()) == len(wanted.unique())
