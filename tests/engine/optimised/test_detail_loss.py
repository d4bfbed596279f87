"""Detail layers against matches brought down patch by patch, and a loss of unfolded patches."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from semstyle.bench.unfolded import style_loss
from semstyle.engine import ParameterError, Parameters, render
from semstyle.engine.optimised.detail_loss import DetailLoss
from semstyle.engine.optimised.losses import StyleLoss
from semstyle.engine.optimised.objective import DETAIL_WEIGHT
from semstyle.engine.patches.matching import Matches
from semstyle.engine.patches.pool import PatchSource

SMALL = Parameters(size=96, phases=2, iterations=6, content_layers=("3_1",), style_layers=("3_1",))


def features(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def leader_of(*sizes: tuple[int, int]) -> StyleLoss:
    return StyleLoss([PatchSource(features(4, *size, seed=number)) for number, size in enumerate(sizes)], None, 3)


def detail_of(leader: StyleLoss, factor: int, *sizes: tuple[int, int]) -> DetailLoss:
    sources = [PatchSource(features(2, *size, seed=9 + number)) for number, size in enumerate(sizes)]
    return DetailLoss(leader, sources, factor)


@pytest.mark.parametrize(("factor", "fine"), [(2, (24, 32)), (2, (25, 33)), (4, (48, 64)), (4, (51, 67))])
def test_an_image_that_is_its_style_is_so_in_detail(factor: int, fine: tuple[int, int]) -> None:
    leader = leader_of((12, 16))
    detail = detail_of(leader, factor, fine)
    same = torch.arange(10 * 14).view(10, 14)
    rows, columns = fine[0] - 2, fine[1] - 2
    assert torch.equal(detail.brought_down(same, (rows, columns)), torch.arange(rows * columns).view(rows, columns))


def test_each_patch_lies_in_its_leaders_as_it_does_in_the_image() -> None:
    leader = leader_of((12, 16), (9, 7))
    detail = detail_of(leader, 2, (24, 32), (18, 14))
    index = torch.randint(10 * 14 + 7 * 5, (8, 11), generator=torch.Generator().manual_seed(1))
    down = detail.brought_down(index, (18, 24))
    for row in range(18):
        for column in range(24):
            # The leader's patch whose middle, in fine pixels, is nearest to this patch's; ties to the even one.
            top = min(max(round((row + 1 - 2.5) / 2), 0), 7)
            left = min(max(round((column + 1 - 2.5) / 2), 0), 10)
            leading = int(index[top, left])
            first, (fine_rows, fine_columns), coarse_columns = (0, (22, 30), 14)
            if leading >= 140:
                leading, first, (fine_rows, fine_columns), coarse_columns = leading - 140, 22 * 30, (16, 12), 5
            style_row = leading // coarse_columns * 2 + row - 2 * top
            style_column = leading % coarse_columns * 2 + column - 2 * left
            expected = first + min(style_row, fine_rows - 1) * fine_columns + min(style_column, fine_columns - 1)
            assert int(down[row, column]) == expected


def test_the_loss_is_that_of_unfolded_patches() -> None:
    leader = leader_of((12, 16))
    detail = detail_of(leader, 2, (24, 32))
    leader.matches = Matches(torch.randint(140, (8, 9), generator=torch.Generator().manual_seed(2)), torch.zeros(8, 9))
    image = features(2, 20, 22, seed=5).requires_grad_()
    detail.rematch(image.detach())
    index = detail.brought_down(leader.matches.index, (18, 20))
    by_hand = style_loss(image, features(2, 24, 32, seed=9), index.flatten(), 3)
    expected = by_hand / (18 * 20 * 9 * 2) / features(2, 24, 32, seed=9).square().mean()
    torch.testing.assert_close(detail(image), expected)
    torch.testing.assert_close(*(torch.autograd.grad(loss, image)[0] for loss in (detail(image), expected)))


def test_a_detail_waits_for_its_leader() -> None:
    detail = detail_of(leader_of((12, 16)), 2, (24, 32))
    with pytest.raises(RuntimeError, match="the coarser layer"):
        detail.rematch(features(2, 24, 32))
    with pytest.raises(RuntimeError, match="rematch"):
        detail(features(2, 24, 32))


def test_a_render_traces_its_detail_layers_and_searches_no_more() -> None:
    coarse = torch.rand(1, 3, 12, 12, generator=torch.Generator().manual_seed(3))
    style = torch.nn.functional.interpolate(coarse, (96, 96), mode="bicubic").clamp(0, 1)[0]
    with_details = render(style, parameters=SMALL)
    without = render(style, parameters=dataclasses.replace(SMALL, detail_layers=()))
    assert list(with_details.trace[-1].style_losses) == ["3_1", "1_1", "2_1"]
    assert list(without.trace[-1].style_losses) == ["3_1"]
    assert with_details.trace[-1].style_losses["2_1"] < with_details.trace[0].style_losses["2_1"]
    assert list(with_details.origins) == ["3_1"]
    assert not torch.equal(with_details.image, without.image)


def test_details_count_less_than_matched_layers_and_are_not_in_the_score() -> None:
    style = torch.rand(3, 96, 96, generator=torch.Generator().manual_seed(3))
    parameters = dataclasses.replace(SMALL, smoothness=0, style_weight=7, iterations=1, phases=1)
    with_details, without = (
        render(style, parameters=dataclasses.replace(parameters, detail_layers=layers)).trace[0]
        for layers in (("1_1", "2_1"), ())
    )
    losses = with_details.style_losses
    details = DETAIL_WEIGHT * (losses["1_1"] + losses["2_1"])
    assert with_details.loss == pytest.approx(7 * (losses["3_1"] + details), rel=1e-5)
    assert losses["3_1"] == without.style_losses["3_1"]
    assert with_details.match_score == without.match_score


def test_rotated_and_scaled_styles_have_details_too() -> None:
    style = torch.rand(3, 96, 96, generator=torch.Generator().manual_seed(3))
    parameters = dataclasses.replace(SMALL, rotations=(0, 30), scales=(1, 0.7), detail_layers=("1_1", "2_1"))
    losses = render([style, style.flip(1)], parameters=parameters).trace[-1].style_losses
    assert list(losses) == ["3_1", "1_1", "2_1"] and all(0 < loss < 1e3 for loss in losses.values())


@pytest.mark.parametrize(
    ("values", "details"),
    [
        ({}, ("1_1", "2_1")),
        ({"method": "patch"}, ("1_1", "2_1")),
        ({"method": "gram"}, ()),
        ({"method": "analogy"}, ()),
        ({"detail_layers": "none"}, ()),
        ({"detail_layers": "2_1"}, ("2_1",)),
        ({"style_layers": "2_1,3_1"}, ("1_1",)),
        ({"style_layers": "1_1,3_1"}, ()),
        ({"style_layers": "2_1", "detail_layers": "1_2"}, ("1_2",)),
    ],
)
def test_which_layers_are_details(values: dict[str, str], details: tuple[str, ...]) -> None:
    parameters = Parameters.from_mapping(values)
    assert parameters.detail_layers == details
    assert Parameters.from_mapping(parameters.as_dict()) == parameters


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"detail_layers": "3_1"}, "3_1 is no finer than style_layers"),
        ({"detail_layers": "2_1,2_1"}, "each once"),
        ({"detail_layers": "2_1", "method": "gram"}, "method gram has none"),
        ({"style_layers": "none"}, "style_layers"),
    ],
)
def test_layers_that_are_no_details_are_refused(values: dict[str, str], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Parameters.from_mapping({"style_layers": "3_1,4_1", **values})
