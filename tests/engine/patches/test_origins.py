"""Where patches come from, for styles that are turned, scaled and several."""

from __future__ import annotations

import pytest
import torch

from semstyle.engine.inputs.views import View, turned
from semstyle.engine.patches.origins import located
from semstyle.engine.patches.pool import PatchPool, PatchSource, augmented


def ramps(height: int, width: int) -> torch.Tensor:
    """Each pixel's own row and column, as shares, and a third channel that makes it unlike the others."""
    row = ((torch.arange(height) + 0.5) / height)[:, None].expand(height, width)
    column = ((torch.arange(width) + 0.5) / width).expand(height, width)
    return torch.stack([row, column, torch.rand(height, width, generator=torch.Generator().manual_seed(0))])


@pytest.mark.parametrize("degrees", [0, 90, 180, -90, 30, -45])
def test_places_are_those_in_the_style_as_it_was_given(degrees: float) -> None:
    image = ramps(30, 40)
    view = View(0, (30, 40), degrees)
    seen = turned(image, degrees, "bilinear")
    outside = view.outside("1_1")
    pool = PatchPool([PatchSource(seen, None, outside)], 3)
    matches = pool.nearest(augmented(seen, None), pool.weights)
    found = located(pool, matches.index, [view], [4])
    centres = seen[:, 1:-1, 1:-1]
    inside = torch.ones_like(found.row, dtype=torch.bool)
    if outside is not None:
        inside = torch.nn.functional.max_pool2d(outside[None, None].float(), 3, 1)[0, 0] == 0
    assert int(inside.sum()) > 300
    assert (found.style == 4).all()
    assert found.patch == pytest.approx(3 / seen.shape[2])
    assert torch.allclose(found.row[inside], centres[0][inside], atol=0.02)
    assert torch.allclose(found.column[inside], centres[1][inside], atol=0.02)


def test_views_without_a_patch_are_passed_over() -> None:
    large = torch.randn(8, 10, 12, generator=torch.Generator().manual_seed(0))
    pool = PatchPool([PatchSource(torch.randn(8, 2, 2)), PatchSource(large), PatchSource(large.flip(1))], 3)
    assert pool.kept == [1, 2]
    matches = pool.nearest(augmented(large.flip(1), None), pool.weights)
    views = [View(0, (2, 2)), View(1, (10, 12)), View(2, (10, 12))]
    found = located(pool, matches.index, views, [0, 3, 5])
    assert (found.style == 5).all()
    assert found.row[0, 0] == pytest.approx(1.5 / 10) and found.column[-1, -1] == pytest.approx(10.5 / 12)
