"""Colour transfer: the space against published colours, the transport against known changes, and regions."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from semstyle.engine import InputError, Parameters, Progress, RenderCancelled, render
from semstyle.engine.recolor.oklab import from_oklab, to_oklab
from semstyle.engine.recolor.soft_masks import softened
from semstyle.engine.recolor.transport import GREATEST_GAIN, Gaussian, squared_distance, transport

COLOR = Parameters(method="color", size=64)


def picture(height: int, width: int, seed: int = 0) -> torch.Tensor:
    """Muted colours, so that a change of them stays within what a screen can show."""
    coarse = torch.rand(1, 3, 7, 7, generator=torch.Generator().manual_seed(seed))
    return 0.4 + 0.2 * torch.nn.functional.interpolate(coarse, (height, width), mode="bilinear")[0]


def one_color(*rgb: float) -> torch.Tensor:
    return torch.tensor(rgb)[:, None, None].expand(3, 64, 64).clone()


def halves(height: int = 64, width: int = 64) -> torch.Tensor:
    left = torch.zeros(3, height, width)
    left[0, :, : width // 2] = 1
    left[2, :, width // 2 :] = 1
    return left


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [  # of the CSS Color 4 specification's table of sRGB primaries
        ((1, 1, 1), (1, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((1, 0, 0), (0.62796, 0.22486, 0.12585)),
        ((0, 1, 0), (0.86644, -0.23389, 0.17950)),
        ((0, 0, 1), (0.45201, -0.03246, -0.31153)),
    ],
)
def test_oklab_of_known_colors(rgb: tuple[float, ...], lab: tuple[float, ...]) -> None:
    found = to_oklab(torch.tensor(rgb, dtype=torch.float32).view(3, 1, 1)).flatten()
    torch.testing.assert_close(found, torch.tensor(lab, dtype=torch.float32), atol=2e-4, rtol=0)


def test_oklab_and_back() -> None:
    image = torch.rand(3, 40, 40, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(from_oklab(to_oklab(image)), image, atol=2e-5, rtol=0)


def cloud(seed: int, samples: int = 500) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    spread = torch.randn(3, 3, generator=random, dtype=torch.float64)
    return spread @ torch.randn(3, samples, generator=random, dtype=torch.float64) + torch.rand(3, 1, generator=random)


def change(seed: int) -> torch.Tensor:
    """A symmetric matrix with gains from 0.5 to 2.5: what optimal transport can be."""
    axes, _ = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64))
    return axes @ torch.diag(torch.tensor([0.5, 1.2, 2.5], dtype=torch.float64)) @ axes.t()


def gaussian(colors: torch.Tensor, weights: torch.Tensor | None = None) -> Gaussian:
    return Gaussian.of(colors, torch.ones(colors.shape[1]) if weights is None else weights)


@pytest.mark.parametrize("seed", range(5))
def test_a_known_affine_change_of_colors_is_found_exactly(seed: int) -> None:
    colors, matrix, offset = cloud(seed), change(seed), torch.tensor([0.3, -0.1, 0.7], dtype=torch.float64)
    found = transport(gaussian(colors), gaussian(matrix @ colors + offset[:, None]))
    torch.testing.assert_close(found.matrix, matrix)
    torch.testing.assert_close(found.offset, offset)


@pytest.mark.parametrize("seed", range(5))
def test_the_map_moves_colors_least_of_all_that_give_the_wanted_statistics(seed: int) -> None:
    source, target = cloud(seed), cloud(seed + 10)
    one, other = gaussian(source), gaussian(target)
    found = transport(one, other, greatest_gain=1e9)
    pushed = found.pushed(one)
    torch.testing.assert_close(pushed.mean, other.mean)
    torch.testing.assert_close(pushed.covariance, other.covariance, rtol=1e-5, atol=1e-8)
    moved = (found(source[:, None])[:, 0] - source).square().sum(0).mean()
    torch.testing.assert_close(float(moved), squared_distance(one, other), rtol=1e-6, atol=0)
    roots = [torch.linalg.cholesky(of_cloud.covariance) for of_cloud in (one, other)]
    another = roots[1] @ torch.linalg.inv(roots[0])  # has the same statistics
    elsewhere = another @ (source - one.mean[:, None]) + other.mean[:, None]
    assert (elsewhere - source).square().sum(0).mean() >= moved


def test_the_distance_of_gaussians_along_the_axes_is_known() -> None:
    axes = torch.eye(3, dtype=torch.float64)
    one = Gaussian(torch.zeros(3, dtype=torch.float64), torch.diag(torch.tensor([1.0, 4.0, 9.0]).double()), 1)
    other = Gaussian(axes[0] * 2, torch.diag(torch.tensor([4.0, 4.0, 1.0]).double()), 1)
    assert squared_distance(one, other) == pytest.approx(4 + 1 + 0 + 4)


def test_the_gain_is_capped_so_that_a_flat_region_shows_no_noise() -> None:
    flat = cloud(0) * 1e-3
    assert torch.linalg.eigvalsh(transport(gaussian(flat), gaussian(cloud(1))).matrix).max() <= GREATEST_GAIN * 1.0001


def test_an_affine_change_in_oklab_is_taken_over_exactly(device: torch.device) -> None:
    content = picture(48, 64)
    changed = torch.einsum(
        "oc,chw->ohw", change(3).float(), to_oklab(content) - to_oklab(content).mean((1, 2))[:, None, None]
    )
    style = from_oklab(changed * 0.5 + torch.tensor([0.6, 0.02, -0.01])[:, None, None])
    assert style.min() > 0 and style.max() < 1
    rendering = render(style, content=content, parameters=COLOR, device=device)
    torch.testing.assert_close(rendering.image, style, atol=2e-4, rtol=0)
    assert rendering.trace[-1].loss == pytest.approx(0, abs=1e-3)


def test_the_contents_own_colors_change_nothing() -> None:
    content = picture(48, 64)
    maps = halves(48, 64)
    rendering = render(content, maps, maps, content, COLOR)
    torch.testing.assert_close(rendering.image, content, atol=1e-4, rtol=0)


def test_each_region_has_the_colors_of_its_label() -> None:
    style = torch.cat([one_color(0.8, 0.3, 0.2)[:, :, :32], one_color(0.2, 0.4, 0.7)[:, :, 32:]], 2)
    swapped = halves().flip(2)
    larger = dataclasses.replace(COLOR, size=256)
    image = render(style, halves(), swapped, one_color(0.5, 0.5, 0.5), larger).image
    blue, red = image[:, :, :100].flatten(1), image[:, :, -100:].flatten(1)
    for pixels, rgb in ((blue, (0.2, 0.4, 0.7)), (red, (0.8, 0.3, 0.2))):
        torch.testing.assert_close(pixels, torch.tensor(rgb)[:, None].expand_as(pixels), atol=1e-3, rtol=0)
    steps = image.diff(dim=2).abs().amax((0, 1))
    assert steps.max() < 0.25 * 0.6  # a seam would step by 0.6 at once
    whole = render(style, halves(), swapped, one_color(0.5, 0.5, 0.5), dataclasses.replace(COLOR, semantic_weight=0))
    assert whole.image.std((1, 2)).max() < 1e-3


def test_soft_masks_keep_to_edges_and_add_up_to_one() -> None:
    edge = torch.zeros(60, 400)
    edge[:, 204:] = 1  # the drawn border is four pixels off
    mask = torch.zeros(1, 60, 400)
    mask[:, :, :200] = 1
    masks = torch.cat([mask, 1 - mask])
    at_edge, in_flat = softened(masks, edge), softened(masks, torch.full((60, 400), 0.5))
    for soft in (at_edge, in_flat):
        torch.testing.assert_close(soft.sum(0), torch.ones(60, 400))
    steps = [soft[0].diff(dim=1).abs() for soft in (at_edge, in_flat)]
    assert steps[0].amax(0).argmax() == 203
    assert steps[1].max() < 0.2


def test_a_label_that_the_style_lacks_has_the_colors_of_the_nearest() -> None:
    style = torch.cat([one_color(0.8, 0.3, 0.2)[:, :, :32], one_color(0.2, 0.4, 0.7)[:, :, 32:]], 2)
    target_map = one_color(0.9, 0.0, 0.3)  # between the two, and nearer to red
    image = render(style, halves(), target_map, one_color(0.5, 0.5, 0.5), COLOR).image
    torch.testing.assert_close(image, one_color(0.8, 0.3, 0.2), atol=1e-3, rtol=0)


def test_styles_count_by_their_shares_whatever_their_size() -> None:
    dark, light = one_color(0.2, 0.2, 0.2), one_color(0.8, 0.8, 0.8)[:, :16]
    content = one_color(0.5, 0.5, 0.5)

    def lightness(*shares: float) -> float:
        parameters = dataclasses.replace(COLOR, style_shares=shares)
        return float(to_oklab(render([dark, light], content=content, parameters=parameters).image)[0].mean())

    ends = [float(to_oklab(style)[0].mean()) for style in (dark, light)]
    assert lightness(1, 1) == pytest.approx(sum(ends) / 2, abs=1e-3)
    assert lightness(3, 1) == pytest.approx(0.75 * ends[0] + 0.25 * ends[1], abs=1e-3)
    assert lightness(0, 1) == pytest.approx(ends[1], abs=1e-3)


def test_it_has_one_row_of_trace_no_matches_and_can_be_cancelled() -> None:
    seen: list[Progress] = []
    content = picture(40, 64)
    style = picture(50, 60, 1)
    rendering = render(style, content=content, parameters=COLOR, on_step=lambda progress: seen.append(progress))
    (row,) = rendering.trace
    assert (row.phase, row.evaluation, row.height, row.width, row.rematched) == (1, 1, 40, 64, False)
    assert row.style_losses == {} and rendering.origins == {}
    assert len(seen) == seen[0].evaluations_planned == 1 and seen[0].seconds_left == 0
    with pytest.raises(RenderCancelled) as caught:
        render(style, content=content, parameters=COLOR, on_step=lambda progress: False)
    assert isinstance(caught.value.image, torch.Tensor)
    assert torch.equal(caught.value.image, rendering.image)


def test_without_content_there_is_nothing_to_color() -> None:
    with pytest.raises(InputError, match="content is missing"):
        render(picture(40, 40), parameters=COLOR)
