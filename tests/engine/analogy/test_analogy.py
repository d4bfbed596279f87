"""Image analogies: exact matches against brute force, pictures whose right answer is known, and the contracts."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
import torch.nn.functional as F

from semstyle.engine import Checkpoint, Parameters, Progress, RenderCancelled, Rendering, Request, render
from semstyle.engine.analogy import costs
from semstyle.engine.analogy.costs import pair_costs
from semstyle.engine.analogy.field import Field
from semstyle.engine.analogy.source_pool import PixelSource, SourcePool
from semstyle.engine.renderer import render_batch

SMALL = Parameters(method="analogy", size=64, passes=2)


def image(height: int, width: int, seed: int = 0) -> torch.Tensor:
    coarse = torch.rand(1, 3, 9, 9, generator=torch.Generator().manual_seed(seed))
    smooth = F.interpolate(coarse, (height, width), mode="bicubic")[0]
    grain = torch.rand(3, height, width, generator=torch.Generator().manual_seed(seed + 1))
    return (smooth + 0.2 * (grain - 0.5)).clamp(0, 1)


def pool_of(patch_size: int, *sizes: tuple[int, int]) -> SourcePool:
    random = torch.Generator().manual_seed(1)
    sources = []
    for number, size in enumerate(sizes):
        outside = torch.zeros(size, dtype=torch.bool)
        outside[0, :2] = number > 0
        sources.append(
            PixelSource(torch.rand(3, *size), torch.randn(5, *size, generator=random), outside, float(number))
        )
    pool = SourcePool(sources, patch_size)
    pool.charge(torch.zeros(4, 4, dtype=torch.int64), 0.0, torch.tensor(0.3))
    return pool


def brute_force(target: torch.Tensor, pool: SourcePool, sizes: tuple[tuple[int, int], ...]) -> torch.Tensor:
    """(target patches, style patches) in double precision, from patches that are unfolded."""
    k = pool.patch_size
    flat = F.unfold(target.double().permute(2, 0, 1)[None], k)[0].t()
    found, first = [], 0
    for height, width in sizes:
        pixels = pool.pixels[first : first + height * width].double().t().view(1, -1, height, width)
        penalties = pool.penalties[first : first + height * width].double().view(1, 1, height, width)
        style = F.unfold(pixels, k)[0].t()
        squares = (flat[:, None] - style[None]).square().sum(2)
        found.append(squares + F.unfold(penalties, k)[0].sum(0))
        first += height * width
    return torch.cat(found, 1)


@pytest.mark.parametrize("patch_size", [1, 3, 5])
def test_matches_are_the_nearest_by_brute_force_with_penalties_and_several_sources(patch_size: int) -> None:
    sizes = ((13, 17), (11, 9))
    pool = pool_of(patch_size, *sizes)
    target = torch.randn(12, 15, 5, generator=torch.Generator().manual_seed(2))
    wanted = brute_force(target, pool, sizes)
    index = pool.nearest(target)
    taken = wanted.gather(1, index.flatten()[:, None])[:, 0]
    torch.testing.assert_close(taken, wanted.min(1).values, rtol=1e-5, atol=1e-4)


def test_the_cost_of_pairs_is_the_same_compiled_by_torch_and_by_brute_force(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = ((13, 17), (11, 9))
    pool = pool_of(3, *sizes)
    target = torch.randn(10, 14, 5, generator=torch.Generator().manual_seed(2))
    wanted = brute_force(target, pool, sizes)
    rows, columns = 8, 12
    random = torch.Generator().manual_seed(3)
    patches = torch.randint(wanted.shape[1], (rows * columns,), generator=random)
    places = (torch.arange(rows)[:, None] * 14 + torch.arange(columns)).flatten()
    exact = wanted[torch.arange(rows * columns), patches]
    limits = torch.full(patches.shape, float(exact.quantile(0.503)))
    within = exact <= limits
    for _ in range(2):
        for limit in (torch.full_like(limits, torch.inf), limits):
            found = pair_costs(target, pool, places, patches, limit).double()
            assert (found[~within] > limits[~within]).all()
            torch.testing.assert_close(found[within], exact[within], rtol=1e-5, atol=1e-4)
        monkeypatch.setattr(costs, "compiled_costs", lambda patch_size: None)


def test_a_search_from_anywhere_comes_near_the_nearest() -> None:
    pool = pool_of(3, (24, 24))
    target = pool.pixels.view(24, 24, 5)[2:22, 3:23].contiguous()
    anywhere = torch.randint(len(pool.corners), (18, 18), generator=torch.Generator().manual_seed(4))
    field = Field(target, pool, anywhere)
    before = field.costs.mean()
    random = torch.Generator().manual_seed(5)
    for _ in range(8):
        field.search(random)
    exact = torch.arange(18)[:, None] * 22 + torch.arange(18) + 2 * 22 + 3
    assert (field.matches == exact).double().mean() > 0.95
    assert field.costs.mean() < 0.05 * before
    limits = torch.full((324,), torch.inf)
    again = pair_costs(target, pool, field.places.flatten(), field.matches.flatten(), limits)
    torch.testing.assert_close(field.costs.flatten(), again)


def test_coherence_takes_what_goes_on_where_its_neighbours_come_from_within_its_slack() -> None:
    pool = pool_of(3, (20, 20))
    target = torch.randn(20, 20, 5, generator=torch.Generator().manual_seed(6))

    def together(field: Field) -> float:
        return float((field.matches[:, 1:] == field.matches[:, :-1] + 1).double().mean())

    best = Field(target, pool, pool.nearest(target))
    none, some, much = (Field(target, pool, best.matches) for _ in range(3))
    for field, slack in ((none, 0.0), (some, 0.5), (much, 10.0)):
        field.cohere(slack)
        assert (field.costs <= (1 + slack) * best.costs + 1e-5).all()
    assert together(best) <= together(none) < together(some) < together(much)


def test_equal_maps_give_the_style_itself(device: torch.device) -> None:
    style = image(48, 64)
    rendering = render(style, style, style, parameters=SMALL, device=device)
    assert rendering.image.shape == style.shape
    error = (rendering.image - style).square().mean()
    assert error < 1e-4  # 40 dB
    assert rendering.trace[-1].loss < 1e-3
    assert rendering.metrics["match_score"] > 0.999


def two_textures() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A style that is red stripes on the left and blue noise on the right, its map, and a disc to paint."""
    random = torch.Generator().manual_seed(0)
    style = torch.zeros(3, 64, 64)
    style[0, :, :32] = 0.6 + 0.4 * (torch.arange(64) // 2 % 2)[:, None]
    style[2, :, 32:] = 0.5 + 0.5 * torch.rand(64, 32, generator=random)
    style_map = torch.zeros(1, 64, 64)
    style_map[:, :, :32] = 1
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    disc = (((y - 30) ** 2 + (x - 34) ** 2) < 18**2).float()[None]
    return style, style_map, disc


def test_in_texture_by_numbers_no_patch_crosses_labels() -> None:
    style, style_map, disc = two_textures()
    rendering = render(style, style_map, disc, parameters=SMALL)
    origins = rendering.origins["1_1"]
    inside = F.avg_pool2d(disc[None], 3, 1)[0, 0]
    left = origins.column < 0.5
    assert left[inside == 1].all()
    assert not left[inside == 0].any()
    red, blue = rendering.image[0], rendering.image[2]
    core, beyond = (F.avg_pool2d(F.pad(mask[None], (2,) * 4, value=1.0), 5, 1)[0, 0] == 1 for mask in (disc, 1 - disc))
    assert red[core].min() > 0.55 and blue[core].max() < 0.01
    assert blue[beyond].min() > 0.45 and red[beyond].max() < 0.01
    shuffled = render(style, style_map, disc, parameters=dataclasses.replace(SMALL, semantic_weight=0.0))
    assert not torch.equal(shuffled.image, rendering.image)


def rms(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).square().mean().sqrt())


def test_with_content_alone_light_and_dark_are_where_the_content_has_them() -> None:
    style, content = image(64, 64), image(48, 64, seed=7)
    rendering = render(style, content=content, parameters=SMALL)
    assert rendering.image.shape == (3, 48, 64)
    without = render(style, content=content, parameters=dataclasses.replace(SMALL, content_weight=0.0))

    def likeness(made: torch.Tensor) -> float:
        small = [F.avg_pool2d(x.mean(0)[None], 4).flatten() for x in (made, content)]
        return float(torch.corrcoef(torch.stack(small))[0, 1])

    assert likeness(rendering.image) > 0.8
    assert likeness(without.image) < 0.5


def test_the_trace_has_a_row_for_each_pass_and_every_number_is_finite() -> None:
    style = image(40, 50)
    seen: list[Progress] = []
    rendering = render(style, parameters=SMALL, on_step=lambda progress: seen.append(progress))
    phases = len(Request(style, parameters=SMALL).phases)
    rows = [row.as_dict() for row in rendering.trace]
    assert [(row["phase"], row["evaluation"]) for row in rows] == [(p, e) for p in range(1, phases + 1) for e in (1, 2)]
    assert all(math.isfinite(float(value)) for row in rows for value in row.values())
    assert rows[1]["loss"] < rows[0]["loss"]
    assert -1 <= rows[-1]["match_score"] <= 1 + 1e-6
    assert rendering.metrics["evaluations"] == len(rows) == len(seen) == seen[-1].evaluations_planned
    assert seen[-1].seconds_left == 0
    assert rendering.image.shape == (3, 51, 64)


def test_the_seed_decides() -> None:
    style = image(40, 50)
    first, again = (render(style, parameters=SMALL).image for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, render(style, parameters=dataclasses.replace(SMALL, seed=1)).image)


def test_it_goes_on_from_a_checkpoint_and_can_be_cancelled(device: torch.device) -> None:
    style, style_map, disc = two_textures()
    parameters = dataclasses.replace(SMALL, phases=3, variety=1.0)
    kept: list[Checkpoint] = []

    def rendered(**options: object) -> Rendering:
        return render(style, style_map, disc, parameters=parameters, device=device, **options)  # type: ignore[arg-type]

    whole = rendered(on_phase=kept.append)
    assert [checkpoint.phase for checkpoint in kept] == [1, 2]
    for checkpoint in kept:
        resumed = rendered(resume=checkpoint)
        assert torch.equal(resumed.image, whole.image)
        assert [row.loss for row in resumed.trace] == [row.loss for row in whole.trace]
    with pytest.raises(RenderCancelled) as caught:
        rendered(on_step=lambda progress: progress.evaluations_done < 5)
    assert isinstance(caught.value.image, torch.Tensor) and caught.value.image.shape == (3, 64, 64)


def test_several_styles_are_pooled_by_their_shares() -> None:
    red, blue = image(40, 40) * torch.tensor([1.0, 0, 0])[:, None, None], image(40, 40, 3) * 0.0 + 0.5
    used = [
        float(
            render([red, blue], parameters=dataclasses.replace(SMALL, style_shares=shares)).origins["1_1"].style.sum()
        )
        for shares in ((1.0, 0.0), (1.0, 0.2), (0.2, 1.0), (0.0, 1.0))
    ]
    patches = 62 * 62
    assert used[0] == 0 and used[-1] == patches
    assert used[1] < used[2]


def test_turned_styles_give_no_patch_from_outside_their_image() -> None:
    style = 0.6 + 0.4 * image(48, 48)
    rendering = render(style, parameters=dataclasses.replace(SMALL, rotations=(45.0,), scales=(1.0, 0.7)))
    origins = rendering.origins["1_1"]
    assert origins.row.min() >= 0 and origins.row.max() <= 1
    assert origins.column.min() >= 0 and origins.column.max() <= 1


def test_variety_makes_pixels_dearer_that_are_used_more_than_their_share() -> None:
    pool = pool_of(3, (6, 8))
    matches = torch.zeros(4, 6, dtype=torch.int64)
    matches[0, 0] = 23  # the last patch of 4 x 6
    pool.charge(matches, 2.0, torch.tensor(0.25))
    votes = torch.zeros(6, 8)
    votes[:3, :3] += 23
    votes[3:, 5:] += 1
    usage = votes * 48 / votes.sum()
    wanted = torch.where(usage > 1, 0.25 * 2 * usage.clamp_min(1e-9).log(), 0)
    torch.testing.assert_close(pool.penalties.view(6, 8), wanted)
    assert (wanted > 0).sum() == 9


def test_variety_uses_more_of_a_style() -> None:
    style = image(64, 64)

    def pixels_used(variety: float) -> int:
        origins = render(style, parameters=dataclasses.replace(SMALL, variety=variety)).origins["1_1"]
        return len(((origins.row * 64).floor() * 64 + (origins.column * 64).floor()).unique())

    assert pixels_used(2.0) > pixels_used(0.0)


def test_a_batch_is_its_renders_alone() -> None:
    requests = [Request(image(40, 50, seed), parameters=dataclasses.replace(SMALL, seed=seed)) for seed in (0, 1)]
    together = render_batch(requests)
    for request, rendering in zip(requests, together, strict=True):
        assert torch.equal(rendering.image, render(request.styles, parameters=request.parameters).image)
        assert rendering.metrics["batch"] == 2


@pytest.mark.parametrize("method", ["semantic", "patch", "gram", "analogy", "color"])
def test_a_grid_may_put_methods_side_by_side_with_all_other_parameters_alike(method: str) -> None:
    style, style_map, disc = two_textures()
    parameters = Parameters(
        method=method,
        content_weight=5.0,
        style_weight=100.0,
        semantic_weight=10.0,
        style_layers=("1_1", "2_1"),
        content_layers=("2_1",),
        iterations=2,
        passes=2,
        coherence=1.0,
        phases=2,
        size=64,
        rematch="every",
        pooling="max",
        precision="bfloat16",
        map_encoding="labels",
        variety=0.5,
    )
    rendering = render(style, style_map, disc, image(64, 64), parameters)
    assert rendering.image.shape == (3, 64, 64)
    assert rendering.image.isfinite().all()
    assert len(rendering.trace) == parameters.evaluations * (1 if method == "color" else 2)
