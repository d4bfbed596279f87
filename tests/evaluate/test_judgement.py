"""Metrics of whole images where the right value is known."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from semstyle.engine import Parameters, Rendering, Request, render_batch
from semstyle.evaluate.judgement import judge

OF_LABELS = {"semantic_leak", "label_color_distance"}
OF_EVERY_RENDER = {
    "patch_coverage",
    "repetition",
    "coherence",
    "style_distance",
    "style_wasserstein",
    "sifid",
    "gram_distance",
    "sliced_patch_distance",
    "sharpness",
    "high_frequency_ratio",
    "weave",
    "judge_seconds",
}
OF_CONTENT = {"content_distance", "structure"}
SHARES = ("semantic_leak", "patch_coverage", "coherence", "structure")


def texture(seed: int, height: int = 96, width: int = 96) -> Tensor:
    """Something with structure at every scale, (3, height, width) in 0..1."""
    generator = torch.Generator().manual_seed(seed)
    layers = [
        F.interpolate(torch.rand(1, 3, height // step, width // step, generator=generator), (height, width))[0]
        for step in (1, 2, 4, 8, 16)
    ]
    return torch.stack(layers).mean(0)


def halves(height: int = 96, width: int = 96, flip: bool = False) -> Tensor:
    """Left and right in red and blue, (3, height, width)."""
    left = (torch.arange(width) < width // 2) != flip
    return torch.stack([left, left.logical_not() & left, ~left]).float()[:, None].expand(3, height, width)


def judged(image: Tensor, **inputs: Any) -> dict[str, float]:
    return judge(Request(**inputs), Rendering(image, []))


def test_the_style_itself_has_the_best_value_of_everything() -> None:
    style = texture(0)
    found = judged(style, styles=style, style_maps=halves(), target_map=halves(), content=style)
    assert set(found) == OF_EVERY_RENDER | OF_LABELS | OF_CONTENT
    assert found["semantic_leak"] == found["label_color_distance"] == found["content_distance"] == 0
    assert found["patch_coverage"] == found["repetition"] == found["coherence"] == 1
    assert found["sharpness"] == found["high_frequency_ratio"] == found["weave"] == found["structure"] == 1
    assert found["gram_distance"] == found["sliced_patch_distance"] == 0 and found["sifid"] < 1e-9
    assert found["style_distance"] < 1e-5 and found["style_wasserstein"] < 1e-5


def test_every_patch_leaks_when_the_halves_are_swapped() -> None:
    style = texture(0)
    found = judged(style, styles=style, style_maps=halves(), target_map=halves(flip=True))
    assert found["semantic_leak"] == 1
    assert found["patch_coverage"] == 1
    assert found["gram_distance"] > 0 and found["sifid"] < 1e-9


def test_half_of_the_patches_leak_when_one_half_is_in_both_places() -> None:
    style = texture(0)
    left = style[:, :, :48]
    found = judged(torch.cat([left, left], 2), styles=style, style_maps=halves(), target_map=halves())
    assert found["semantic_leak"] == pytest.approx(0.5, abs=0.1)
    assert found["patch_coverage"] == pytest.approx(0.5, abs=0.15)
    assert found["repetition"] > 1.8


def test_styles_are_pooled() -> None:
    first, second = texture(0), texture(1)
    maps = (torch.zeros(1, 9, 9), torch.ones(1, 9, 9))
    found = judged(second, styles=(first, second), style_maps=maps, target_map=torch.ones(1, 9, 9))
    assert found["semantic_leak"] == 0 and found["coherence"] == found["patch_coverage"] == 1
    assert found["style_distance"] < 1e-5 and found["label_color_distance"] == 0
    other = judged(second, styles=(first, second), style_maps=maps, target_map=torch.zeros(1, 9, 9))
    assert other["semantic_leak"] == 1


def test_without_maps_and_content_their_metrics_are_absent() -> None:
    assert set(judged(texture(1), styles=texture(0))) == OF_EVERY_RENDER


def test_a_large_image_is_judged_at_a_bounded_size() -> None:
    style = texture(0, 64, 64)
    large = F.interpolate(style[None], (1024, 1024), mode="bicubic").clamp(0, 1)[0]
    found = judged(large, styles=style)
    assert found["style_distance"] < 0.05
    assert found["sharpness"] < 0.3 and found["high_frequency_ratio"] < 0.1


def test_a_flat_style_has_no_grain_to_compare_with() -> None:
    found = judged(texture(0), styles=torch.full((3, 96, 96), 0.5))
    assert {"sharpness", "high_frequency_ratio", "weave", "sliced_patch_distance"}.isdisjoint(found)
    assert all(map(math.isfinite, found.values()))


def test_what_is_too_small_for_a_layer_is_judged_by_the_others() -> None:
    found = judged(texture(0, 24, 24), styles=texture(1, 24, 58), content=texture(2, 24, 24))
    assert "style_distance" in found and "content_distance" in found
    smallest = judged(texture(0, 16, 16)[:, :4, :9], styles=texture(1, 16, 16)[:, :9, :4])
    assert set(smallest) == {"sharpness", "high_frequency_ratio", "judge_seconds"}


images = st.tuples(st.integers(24, 72), st.integers(24, 72), st.integers(0, 3))


@settings(max_examples=25)
@given(images, st.lists(images, min_size=1, max_size=3), st.integers(1, 6))
def test_metrics_stay_in_their_ranges(
    output: tuple[int, int, int], styles: list[tuple[int, int, int]], channels: int
) -> None:
    def of(size: tuple[int, int, int]) -> Tensor:
        return texture(size[2], *size[:2])

    def semantic_map(size: tuple[int, int, int]) -> Tensor:
        generator = torch.Generator().manual_seed(size[2])
        return torch.rand(channels, 7, 9, generator=generator).round()

    found = judged(
        of(output),
        styles=[of(style) for style in styles],
        style_maps=[semantic_map(style) for style in styles],
        target_map=semantic_map(output),
        content=texture(9, *output[:2]),
    )
    assert all(math.isfinite(value) and value >= 0 for value in found.values())
    assert all(found[name] <= 1 for name in SHARES if name in found)
    assert found.get("repetition", 1) >= 1


@settings(max_examples=10)
@given(st.permutations(range(3)), st.integers(0, 5))
def test_the_order_of_styles_and_the_colours_of_labels_do_not_matter(order: list[int], seed: int) -> None:
    styles = [texture(number) for number in range(3)]
    generator = torch.Generator().manual_seed(seed)
    labels = [torch.randint(0, 3, (12, 12), generator=generator) for _ in range(4)]
    plain, renamed = torch.rand(3, 3, generator=generator), torch.rand(3, 3, generator=generator)

    def found(order: list[int], colors: Tensor) -> dict[str, float]:
        maps = [colors[:, label] for label in labels]
        metrics = judged(
            texture(7),
            styles=[styles[number] for number in order],
            style_maps=[maps[number] for number in order],
            target_map=maps[3],
        )
        del metrics["judge_seconds"]
        return metrics

    assert found(list(order), renamed) == pytest.approx(found([0, 1, 2], plain), rel=1e-4)


@pytest.mark.parametrize(
    ("method", "has_matches"),
    [("semantic", True), ("patch", True), ("gram", False), ("analogy", True), ("color", False)],
)
def test_every_method_is_judged_alike(method: str, has_matches: bool) -> None:
    parameters = Parameters(method=method, size=64, phases=1, iterations=2)
    request = Request(texture(0, 64, 64), halves(64, 64), halves(64, 64), texture(1, 64, 64), parameters)
    found = judge(request, render_batch([request])[0])
    assert set(found) - {"matches_across_labels"} == OF_EVERY_RENDER | OF_LABELS | OF_CONTENT
    assert ("matches_across_labels" in found) == has_matches


@pytest.mark.parametrize(("flip", "expected"), [(False, 0), (True, 1)])
def test_the_matches_that_a_render_used_are_judged_by_their_labels(flip: bool, expected: int) -> None:
    request = Request(
        [torch.rand(3, 128, 128), texture(0, 128, 128)],
        [torch.full((3, 128, 128), 0.5), halves(128, 128)],
        halves(128, 128),
        parameters=Parameters(size=128, phases=1, iterations=3, semantic_weight=1000, style_shares=(0, 1)),
    )
    rendering = render_batch([request])[0]
    turned = Request(request.styles, [request.style_maps[0], halves(128, 128, flip)], request.target_map)
    assert set(rendering.origins) == {"3_1", "4_1"}
    assert judge(turned, rendering)["matches_across_labels"] == pytest.approx(expected, abs=0.05)


def test_without_matches_or_maps_there_are_none_across_labels() -> None:
    assert "matches_across_labels" not in judged(
        texture(1), styles=texture(0), style_maps=halves(), target_map=halves()
    )
